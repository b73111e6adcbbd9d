import { describe, expect } from 'vitest';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, expectHolds, expectInForce, firstWrite, lookingAt, within } from './converge.ts';
import type { Place } from './place.ts';

/** As many as there are words for. */
const MOST_COUNTRIES = 40;

/** What every enforcer brings about. */
export const describeHolding: Suite<Place> = (test) => {
  describe('an enforcer', () => {
    test('comes to hold exactly what is wanted, and an allow wins', async (place) => {
      await converge(place, await lookingAt(place), place.words.most);
    });

    test('writes nothing more when what is there is what is wanted', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, place.words.most);
      const wanted = await within(enforcer, place.words.most);
      await enforcer.observe();
      expect(enforcer.next(wanted)).toEqual([]);
      expect((await lookingAt(place)).next(wanted), 'nor does another').toEqual([]);
      await expectInForce(place, wanted);
    });

    for (const [order, choose] of [
      ['first', () => 0],
      ['last', (writes: readonly unknown[]) => Math.max(0, writes.length - 1)],
    ] as const) {
      test(`never lets go of a wanted address on the way, the ${order} write first`, async (place) => {
        const enforcer = await lookingAt(place);
        for (const wanted of place.words.wishes) await converge(place, enforcer, wanted, { choose });
      });
    }

    test('goes on from what another one has left half-way', async (place) => {
      const { most } = place.words;
      await (await firstWrite(await lookingAt(place), most)).perform();
      await converge(place, await lookingAt(place), most);
    });

    test('holds as many networks as its capacity says', async (place) => {
      const enforcer = await lookingAt(place);
      const { block, countries } = enforcer.capacity();
      const most = block.v4 > 0 ? block.v4 : Math.min(countries, MOST_COUNTRIES);
      expect(most).toBeGreaterThan(0);
      await converge(place, enforcer, place.words.scattered(most));
    });

    test('says before it writes a part what that will hold', async (place) => {
      const enforcer = await lookingAt(place);
      for (const wanted of place.words.wishes.slice(0, 4)) {
        await converge(place, enforcer, wanted, {
          perform: async (write) => {
            await write.perform();
            const now = enforcer.parts().find(({ name }) => name === write.part?.name);
            expectHolds(now, write.part);
            if (now !== undefined) expect(now.action).toBe(write.part?.action);
          },
        });
      }
    });
  });
};
