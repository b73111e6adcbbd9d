import { describe, expect } from 'vitest';
import type { Entry } from '../../src/domain/entry.ts';
import type { Condition } from '../../src/ports/store.ts';
import { entryOf, leaseOn, seen } from '../support/entries.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import type { Place } from './place.ts';

/** The newest version wins, whatever order they come in. */
export const describeWritingThrough: Suite<Place> = (test) => {
  describe('a put', () => {
    test('needs no lease and voids one that is out', async (place) => {
      const [one, other] = [await place.store(), await place.store()];
      const lease = await leaseOn(one, { key: 'a' });
      expect(await other.put('a', entryOf('v2', place.clock.now))).toEqual({ stored: true });
      const late = await one.fill('a', lease, entryOf('v1', place.clock.now));
      expect(late).toEqual({ stored: false, why: 'lease-lost' });
      expect(await seen(one, 'a')).toBe('fresh v2');
    });

    test('voids a lease on something stale', async (place) => {
      const store = await place.store();
      await store.put('a', entryOf('v1', place.clock.now));
      place.clock.now += 90_000;
      const lease = await leaseOn(store, { key: 'a' });
      await store.put('a', entryOf('v3', place.clock.now));
      const late = await store.fill('a', lease, entryOf('v2', place.clock.now));
      expect(late).toEqual({ stored: false, why: 'lease-lost' });
      place.clock.now += 90_000;
      await leaseOn(store, { key: 'a' });
    });

    test('never replaces a newer version, and replaces the same one', async (place) => {
      const store = await place.store();
      const of = (text: string, version: bigint) => entryOf(text, place.clock.now, { version });
      await store.put('a', of('v9', 9n));
      expect(await store.put('a', of('v8', 8n))).toEqual({ stored: false, why: 'older' });
      expect(await seen(store, 'a')).toBe('fresh v9');
      expect(await store.put('a', of('v9 again', 9n))).toEqual({ stored: true });
      expect(await store.put('a', of('v10', 2n ** 63n + 1n))).toEqual({ stored: true });
      expect(await store.put('a', of('v9', 2n ** 63n))).toEqual({ stored: false, why: 'older' });
      expect(await seen(store, 'a')).toBe('fresh v10');
    });

    test('of many versions at once leaves the newest', async (place) => {
      const stores = [await place.store(), await place.store()];
      const versions = [3, 1, 4, 2, 6, 5];
      const outcomes = await Promise.all(
        versions.map((version, at) =>
          stores[at % 2]!.put('a', entryOf(`v${version}`, place.clock.now, { version: BigInt(version) })),
        ),
      );
      expect(outcomes[4]).toEqual({ stored: true });
      expect(await seen(stores[0]!, 'a')).toBe('fresh v6');
    });

    test('with a condition is done only in place of what meets it', async (place) => {
      const store = await place.store();
      const put = (text: string, onlyIf: Condition) =>
        store.put('a', entryOf(text, place.clock.now, { tags: ['t'] }), onlyIf);
      const isAbsent = (there: Entry | undefined): boolean => there === undefined;
      const isV1 = (there: Entry | undefined): boolean =>
        there !== undefined && Buffer.from(there.body).toString() === 'v1';
      expect(await put('v1', isV1)).toEqual({ stored: false, why: 'condition' });
      expect(await put('v1', isAbsent)).toEqual({ stored: true });
      expect(await put('v2', isAbsent)).toEqual({ stored: false, why: 'condition' });
      expect(await put('v2', isV1)).toEqual({ stored: true });
      expect(await put('v3', isV1)).toEqual({ stored: false, why: 'condition' });
      await store.invalidate({ tags: ['t'] });
      expect(await put('v4', isAbsent), 'what was invalidated is not there').toEqual({ stored: true });
    });

    test('with a condition is done by one of many', async (place) => {
      const stores = [await place.store(), await place.store()];
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          stores[at % 2]!.put('a', entryOf(`v${at}`, place.clock.now), (there) => there === undefined),
        ),
      );
      expect(outcomes.filter(({ stored }) => stored)).toHaveLength(1);
    });

    test('keeps a refresh from going back to an older version', async (place) => {
      const store = await place.store();
      await store.put('a', entryOf('v9', place.clock.now, { version: 9n }));
      place.clock.now += 90_000;
      const lease = await leaseOn(store, { key: 'a' });
      const lagging = await store.fill('a', lease, entryOf('v8', place.clock.now, { version: 8n }));
      expect(lagging).toEqual({ stored: false, why: 'older' });
    });
  });
};
