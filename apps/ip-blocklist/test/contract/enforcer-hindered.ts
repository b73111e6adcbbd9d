import { describe, expect } from 'vitest';
import { subtract } from '@groundwork/ip-ranges';
import { textOf } from '../support/account.ts';
import type { Suite } from './contract.ts';
import { converge, effectOf, lookingAt, wanting } from './converge.ts';
import type { Hindrance, Place } from './place.ts';

const HELD = wanting(['203.0.113.0/24', '2001:db8::/32']);

/** What every enforcer says of what others have arranged. */
export function describeHindrances<P extends Place>(hindrances: readonly Hindrance<P>[]): Suite<P> {
  return (test) => {
    describe('an enforcer that is hindered', () => {
      test('says nothing when it is not', async (place) => {
        const enforcer = await lookingAt(place);
        await converge(place, enforcer, HELD);
        expect((await lookingAt(place)).conditions()).toEqual([]);
      });

      for (const { when, severity, arrange } of hindrances) {
        test(`says so when ${when}`, async (place) => {
          await converge(place, await lookingAt(place), HELD);
          await arrange(place);
          const told = (await lookingAt(place)).conditions();
          expect(told).toEqual([{ severity, message: expect.any(String) as string }]);
          const slipping = textOf(subtract(effectOf(HELD), await place.enforced()));
          expect(slipping, 'and so it is').not.toBe('');
          if (severity === 'blind') expect(slipping).toBe(textOf(effectOf(HELD)));
        });
      }
    });
  };
}
