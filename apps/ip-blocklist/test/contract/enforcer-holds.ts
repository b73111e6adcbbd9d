import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { converge, expectInForce, firstWrite, lookingAt, scattered, wanting } from './converge.ts';
import type { Place } from './place.ts';

/** One wish after another; each shares something with the one before. */
const WISHES = [
  wanting(['203.0.113.0/24', '2001:db8::/32']),
  wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32', '2001:db8:1::/48']),
  wanting(['203.0.113.0/25', '198.51.100.0/24', '2001:db8:1::1/128'], ['203.0.113.8/29']),
  wanting(['198.51.100.7/32'], ['203.0.113.8/29', '2001:db8:1::/48']),
  wanting(['198.51.100.0/23', '192.0.2.0/24', '2001:db8::/33']),
  wanting([]),
  wanting(['0.0.0.0/0', '::/0'], ['192.0.2.0/24', '2001:db8::/32']),
];

/** What every enforcer brings about. */
export const describeHolding: Suite<Place> = (test) => {
  describe('an enforcer', () => {
    test('comes to hold exactly what is wanted, of both families, and an allow wins', async (place) => {
      const wanted = wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32', '2001:db8:1::/48']);
      await converge(place, await lookingAt(place), wanted);
    });

    test('writes nothing more when what is there is what is wanted', async (place) => {
      const wanted = wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32']);
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, wanted);
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
        for (const wanted of WISHES) await converge(place, enforcer, wanted, { choose });
      });
    }

    test('goes on from what another one has left half-way', async (place) => {
      const wanted = wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32']);
      await firstWrite(await lookingAt(place), wanted).perform();
      await converge(place, await lookingAt(place), wanted);
    });

    test('holds as many networks as its capacity says', async (place) => {
      const enforcer = await lookingAt(place);
      const { block } = enforcer.capacity();
      expect(block.v4).toBeGreaterThan(0);
      await converge(place, enforcer, wanting(scattered(block.v4)));
    });

    test('says before it writes a part what that will hold', async (place) => {
      const enforcer = await lookingAt(place);
      for (const wanted of WISHES.slice(0, 3)) {
        await converge(place, enforcer, wanted, {
          perform: async (write) => {
            await write.perform();
            const now = enforcer.parts().find(({ name }) => name === write.part?.name);
            expect(now?.networks.toSorted()).toEqual(write.part?.networks.toSorted());
            expect(now?.action).toBe(write.part?.action);
          },
        });
      }
    });
  });
};
