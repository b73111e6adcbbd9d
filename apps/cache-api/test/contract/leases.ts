import { eventually } from '@groundwork/service/testing';
import { describe, expect } from 'vitest';
import { entryOf, fillingOf, leaseIn, leaseOn, lookAt, seen } from '../support/entries.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import type { Place } from './place.ts';

/** One loader per key, whoever asks. */
export const describeLeases: Suite<Place> = (test) => {
  describe('a lease', () => {
    test('lets its holder fill what was missing', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a', tags: ['t'] });
      const entry = entryOf('v1', place.clock.now, { tags: ['t'], version: 7n, visibility: 'private' });
      expect(await store.fill('a', lease, entry)).toEqual({ stored: true });
      const sight = await lookAt(await place.store(), 'a');
      expect(sight.state === 'fresh' && { ...sight.entry, body: entry.body }).toEqual(entry);
      expect(await seen(store, 'a')).toBe('fresh v1');
    });

    test('is not given to who does not ask for one', async (place) => {
      const store = await place.store();
      expect(await lookAt(store, 'a')).toEqual({ state: 'miss', filling: undefined });
      await leaseOn(store, { key: 'a' });
    });

    test('goes to one of two, and the other one is told until when', async (place) => {
      const [one, other] = [await place.store(), await place.store()];
      await leaseOn(one, { key: 'a' });
      const filling = fillingOf(await lookAt(other, { key: 'a', leaseMs: 10_000 }));
      if (filling?.by !== 'other') throw new Error('somebody else should be filling it');
      expect(filling.until - place.clock.now).toBeGreaterThan(5_000);
      expect(filling.until - place.clock.now).toBeLessThanOrEqual(11_000);
    });

    test('goes to one of 200 on two clients', async (place) => {
      const stores = [await place.store(), await place.store()];
      const asks = Array.from({ length: 200 }, (_, at) =>
        lookAt(stores[at % 2]!, { key: 'a', leaseMs: 10_000 }),
      );
      expect((await Promise.all(asks)).filter((sight) => leaseIn(sight) !== undefined)).toHaveLength(1);
    });

    test('for something stale goes to one of 200, and all see it', async (place) => {
      const stores = [await place.store(), await place.store()];
      await stores[0]!.put('a', entryOf('v1', place.clock.now));
      place.clock.now += 90_000;
      const sights = await Promise.all(
        Array.from({ length: 200 }, (_, at) => lookAt(stores[at % 2]!, { key: 'a', leaseMs: 10_000 })),
      );
      expect(sights.every(({ state }) => state === 'stale')).toBe(true);
      const leases = sights.flatMap((sight) => leaseIn(sight) ?? []);
      expect(leases).toHaveLength(1);
      await stores[1]!.fill('a', leases[0]!, entryOf('v2', place.clock.now));
      expect(await seen(stores[0]!, 'a')).toBe('fresh v2');
    });

    test('for something of a megabyte that is stale leaves it as it is', async (place) => {
      const store = await place.store();
      const body = Buffer.alloc(1_000_000, 'x');
      await store.put('a', entryOf(body, place.clock.now));
      place.clock.now += 90_000;
      await leaseOn(store, { key: 'a' });
      const sight = await lookAt(store, 'a');
      expect(sight.state === 'stale' && body.equals(sight.entry.body)).toBe(true);
    });

    test('that was given back goes to the next one', async (place) => {
      const [one, other] = [await place.store(), await place.store()];
      const first = await leaseOn(one, { key: 'a' });
      await one.release('a', first);
      const lease = await leaseOn(other, { key: 'a' });
      await one.release('a', first);
      expect(await other.fill('a', lease, entryOf('v1', place.clock.now))).toEqual({ stored: true });
      place.clock.now += 90_000;
      await one.release('a', await leaseOn(one, { key: 'a' }));
      await leaseOn(other, { key: 'a' });
    });

    for (const state of ['missing', 'stale'] as const) {
      test(`of a holder who died ends, and comes too late then (${state})`, async (place) => {
        const [dead, alive] = [await place.store(), await place.store()];
        if (state === 'stale') {
          await dead.put('a', entryOf('v0', place.clock.now));
          place.clock.now += 90_000;
        }
        const { ms, goneWithinMs } = place.lease;
        const lost = await leaseOn(dead, { key: 'a', leaseMs: ms });
        const lease = await eventually(
          async () => leaseIn(await lookAt(alive, { key: 'a', leaseMs: 10_000 })),
          { withinMs: goneWithinMs },
        );
        const late = await dead.fill('a', lost, entryOf('late', place.clock.now));
        expect(late).toEqual({ stored: false, why: 'lease-lost' });
        expect(await alive.fill('a', lease, entryOf('v1', place.clock.now))).toEqual({ stored: true });
        expect(await seen(dead, 'a')).toBe('fresh v1');
      });
    }

    test('can be used once', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a' });
      await store.fill('a', lease, entryOf('v1', place.clock.now));
      const again = await store.fill('a', lease, entryOf('v2', place.clock.now));
      expect(again).toEqual({ stored: false, why: 'lease-lost' });
    });

    test('is lost when its key is evicted during the load', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a' });
      await place.hand.evict('a');
      const late = await store.fill('a', lease, entryOf('v1', place.clock.now));
      expect(late).toEqual({ stored: false, why: 'lease-lost' });
    });

    test('to renew what is fresh goes to one, and the entry stays until it is replaced', async (place) => {
      const [one, other] = [await place.store(), await place.store()];
      await one.put('a', entryOf('v1', place.clock.now));
      const asked = { key: 'a', leaseMs: 10_000, renew: true };
      const [mine, others] = [await lookAt(one, asked), await lookAt(other, asked)];
      expect([mine.state, others.state]).toEqual(['fresh', 'fresh']);
      expect(fillingOf(others)).toMatchObject({ by: 'other' });
      expect(await seen(other, 'a')).toBe('fresh v1');
      expect(await one.fill('a', leaseIn(mine)!, entryOf('v2', place.clock.now))).toEqual({ stored: true });
      expect(await seen(other, 'a')).toBe('fresh v2');
    });

    test('to renew what is fresh is lost to an invalidation', async (place) => {
      const store = await place.store();
      await store.put('a', entryOf('v1', place.clock.now));
      const lease = leaseIn(await lookAt(store, { key: 'a', leaseMs: 10_000, renew: true }));
      await store.invalidate({ keys: ['a'] });
      const late = await store.fill('a', lease!, entryOf('v1', place.clock.now));
      expect(late).toEqual({ stored: false, why: 'lease-lost' });
    });

    test('is had for a thousand keys at once, and each fills its own', async (place) => {
      const store = await place.store();
      const keys = Array.from({ length: 1_000 }, (_, at) => `many/${at}`);
      const labels = { tags: ['t', 'u'], namespaces: ['n'] };
      const sights = await store.look(keys.map((key) => ({ key, ...labels, leaseMs: 10_000 })));
      const outcomes = await Promise.all(
        sights.map((sight, at) =>
          store.fill(keys[at]!, leaseIn(sight)!, entryOf(`${at}`, place.clock.now, labels)),
        ),
      );
      expect(outcomes.filter(({ stored }) => !stored)).toEqual([]);
      const again = await store.look(keys.map((key) => ({ key, ...labels })));
      expect(again.filter(({ state }) => state !== 'fresh')).toEqual([]);
    });

    test('may cover tags that are known after the load only', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a', moreTags: true });
      const loaded = entryOf('v1', place.clock.now, { tags: ['of the row'] });
      expect(await store.fill('a', lease, loaded)).toEqual({ stored: true });
      expect(await seen(store, 'a')).toBe('fresh v1');
      await store.invalidate({ tags: ['of the row'] });
      expect(await seen(store, 'a')).toBe('miss');
    });

    for (const tag of ['of the row', 'of another']) {
      test(`that covers all tags is lost when one is invalidated during the load (${tag})`, async (place) => {
        const [loader, writer] = [await place.store(), await place.store()];
        const lease = await leaseOn(loader, { key: 'a', moreTags: true });
        await writer.invalidate({ tags: [tag] });
        const late = entryOf('v1', place.clock.now, { tags: ['of the row'] });
        expect(await loader.fill('a', lease, late)).toEqual({ stored: false, why: 'lease-lost' });
      });
    }

    test('covers no tag that it was not taken for', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a', tags: ['t'] });
      const other = await store.fill('a', lease, entryOf('v1', place.clock.now, { tags: ['u'] }));
      expect(other).toEqual({ stored: false, why: 'not-in-lease' });
    });
  });
};
