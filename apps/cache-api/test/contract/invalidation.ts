import { describe, expect } from 'vitest';
import type { Invalidation } from '../../src/ports/store.ts';
import { entryOf, leaseIn, leaseOn, lookAt, seen } from '../support/entries.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import type { Place } from './place.ts';

const WAYS: [string, Invalidation][] = [
  ['key', { keys: ['a'] }],
  ['tag', { tags: ['t'] }],
  ['namespace', { namespaces: ['n'] }],
];
const LABELS = { tags: ['t', 'other'], namespaces: ['n'] };

/** Nothing of before an invalidation is seen after it. */
export const describeInvalidation: Suite<Place> = (test) => {
  for (const [way, what] of WAYS) {
    describe(`an invalidation by ${way}`, () => {
      test(`ends what is there, by ${way}`, async (place) => {
        const [one, other] = [await place.store(), await place.store()];
        await one.put('a', entryOf('v1', place.clock.now, LABELS));
        await one.put('b', entryOf('b1', place.clock.now, { tags: ['other'] }));
        await other.invalidate(what);
        await other.invalidate(what);
        expect(await seen(one, 'a')).toBe('miss');
        expect(await seen(one, 'b')).toBe('fresh b1');
      });

      for (const state of ['missing', 'stale'] as const) {
        test(`overtakes a load of what was ${state}, by ${way}`, async (place) => {
          const [loader, writer] = [await place.store(), await place.store()];
          if (state === 'stale') {
            await writer.put('a', entryOf('v0', place.clock.now, LABELS));
            place.clock.now += 90_000;
          }
          const lease = await leaseOn(loader, { key: 'a', ...LABELS });
          const loaded = entryOf('v1', place.clock.now, LABELS);
          await writer.invalidate(what);
          await loader.fill('a', lease, loaded);
          expect(await seen(writer, 'a')).toBe('miss');
          await writer.release('a', lease);
          const next = leaseIn(await lookAt(writer, { key: 'a', ...LABELS, leaseMs: 10_000 }));
          if (next === undefined) throw new Error('the next one should load');
          expect(await writer.fill('a', next, entryOf('v2', place.clock.now, LABELS))).toEqual({
            stored: true,
          });
          expect(await loader.fill('a', lease, loaded), 'later still').toEqual({
            stored: false,
            why: 'lease-lost',
          });
          expect(await seen(loader, 'a')).toBe('fresh v2');
        });
      }

      test(`lets nothing older in afterwards when it names its version, by ${way}`, async (place) => {
        const store = await place.store();
        await store.invalidate({ ...what, version: 5n });
        const late = await store.put('a', entryOf('v4', place.clock.now, { ...LABELS, version: 4n }));
        expect(late).toEqual({ stored: false, why: 'older' });
        const lease = await leaseOn(store, { key: 'a', ...LABELS });
        const lagging = entryOf('v4', place.clock.now, { ...LABELS, version: 4n });
        expect(await store.fill('a', lease, lagging)).toEqual({ stored: false, why: 'older' });
        const current = entryOf('v5', place.clock.now, { ...LABELS, version: 5n });
        expect(await store.fill('a', lease, current)).toEqual({ stored: true });
        expect(await seen(store, 'a')).toBe('fresh v5');
      });
    });
  }

  describe('an invalidation', () => {
    test('without a version keeps the one that was named before', async (place) => {
      const store = await place.store();
      await store.invalidate({ keys: ['a'], version: 5n });
      await store.invalidate({ keys: ['a'] });
      const late = await store.put('a', entryOf('v4', place.clock.now, { version: 4n }));
      expect(late).toEqual({ stored: false, why: 'older' });
      expect(await store.put('a', entryOf('v6', place.clock.now, { version: 6n }))).toEqual({ stored: true });
    });

    test('takes ten thousand keys', async (place) => {
      const store = await place.store();
      const keys = Array.from({ length: 10_000 }, (_, at) => `many/${at}`);
      await store.put(keys[9_999]!, entryOf('v1', place.clock.now));
      await store.invalidate({ keys, version: 5n });
      expect(await seen(store, keys[9_999]!)).toBe('miss');
    });

    test('takes many of each at once', async (place) => {
      const store = await place.store();
      const many = Array.from({ length: 300 }, (_, at) => `x${at}`);
      await Promise.all(many.map((key) => store.put(key, entryOf(key, place.clock.now, { tags: [key] }))));
      await store.invalidate({ keys: many.slice(0, 100), tags: many.slice(100, 200) });
      const sights = await store.look(many.map((key) => ({ key })));
      expect(sights.map(({ state }) => state)).toEqual(many.map((_, at) => (at < 200 ? 'miss' : 'fresh')));
    });

    for (const name of ['t:t', 'n:n', 'k:a']) {
      test(`is what the eviction of a generation amounts to (${name})`, async (place) => {
        const store = await place.store();
        await store.put('a', entryOf('v1', place.clock.now, LABELS));
        await place.hand.evictGeneration(name);
        expect(await seen(store, 'a')).toBe('miss');
        await leaseOn(store, { key: 'a', ...LABELS });
        expect(await seen(store, 'a'), 'created anew').toBe('miss');
      });
    }

    test('overtakes a load whose generation was evicted meanwhile', async (place) => {
      const store = await place.store();
      const lease = await leaseOn(store, { key: 'a', tags: ['t'] });
      await place.hand.evictGeneration('t:t');
      await leaseOn(store, { key: 'b', tags: ['t'] });
      await store.fill('a', lease, entryOf('v1', place.clock.now, { tags: ['t'] }));
      expect(await seen(store, 'a')).toBe('miss');
    });
  });
};
