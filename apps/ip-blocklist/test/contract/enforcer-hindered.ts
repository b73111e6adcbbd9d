import { describe, expect } from 'vitest';
import { subtract } from '@groundwork/ip-ranges';
import { textOf } from '../support/account.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, effectOf, lookingAt } from './converge.ts';
import type { Hindrance, Place } from './place.ts';

/** What every enforcer says of what others have arranged. */
export function describeHindrances<P extends Place>(hindrances: readonly Hindrance<P>[]): Suite<P> {
  return (test) => {
    describe('an enforcer that is hindered', () => {
      test('says nothing when it is not', async (place) => {
        const enforcer = await lookingAt(place);
        await converge(place, enforcer, place.words.held);
        expect((await lookingAt(place)).conditions()).toEqual([]);
      });

      for (const { when, severity, arrange } of hindrances) {
        test(`says so when ${when}`, async (place) => {
          const { held } = place.words;
          await converge(place, await lookingAt(place), held);
          await arrange(place);
          const told = (await lookingAt(place)).conditions();
          expect(told).toEqual([expect.objectContaining({ severity })]);
          const slipping = textOf(subtract(effectOf(held), await place.enforced()));
          expect(slipping, 'and so it is').not.toBe('');
          if (severity === 'blind') expect(slipping).toBe(textOf(effectOf(held)));
        });
      }
    });
  };
}
