import { describe, expect } from 'vitest';
import { ValueTooLarge } from '../../src/ports/store.ts';
import { entryOf, leaseOn, lookAt, seen } from '../support/entries.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import type { Place } from './place.ts';

const KEYS = [
  '',
  ' ',
  'a b',
  'a\r\nmd b',
  '{a}b',
  'k:a',
  'h:a',
  '\0',
  'ü'.repeat(100),
  'emoji 🦊',
  '\ud800',
  '\udfff',
  'x'.repeat(200),
  'x'.repeat(201),
  'y'.repeat(100_000),
];

/** A key is any text, a body any bytes. */
export const describeKeysAndValues: Suite<Place> = (test) => {
  describe('a store', () => {
    test('keeps keys of any characters and length apart', async (place) => {
      const store = await place.store();
      for (const [at, key] of KEYS.entries()) {
        const lease = await leaseOn(store, { key, tags: [key], namespaces: [key] });
        const entry = entryOf(`${at}`, place.clock.now, { tags: [key], namespaces: [key] });
        expect(await store.fill(key, lease, entry)).toEqual({ stored: true });
      }
      const sights = await store.look(KEYS.map((key) => ({ key })));
      expect(
        sights.map((sight) => sight.state === 'fresh' && Buffer.from(sight.entry.body).toString()),
      ).toEqual(KEYS.map((_, at) => `${at}`));
      for (const key of KEYS.slice(0, 7)) await store.invalidate({ tags: [key] });
      const after = await store.look(KEYS.map((key) => ({ key })));
      expect(after.map(({ state }) => state)).toEqual(KEYS.map((_, at) => (at < 7 ? 'miss' : 'fresh')));
    });

    test('looks at many keys at once, in their order', async (place) => {
      const store = await place.store();
      const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`);
      await Promise.all(
        keys.filter((_, at) => at % 2 === 0).map((key) => store.put(key, entryOf(key, place.clock.now))),
      );
      const sights = await store.look(keys.map((key) => ({ key, leaseMs: 10_000 })));
      expect(
        sights.map((sight) =>
          sight.state === 'fresh' ? Buffer.from(sight.entry.body).toString() : sight.filling?.by,
        ),
      ).toEqual(keys.map((key, at) => (at % 2 === 0 ? key : 'us')));
    });

    test('keeps bytes of every value and number', async (place) => {
      const store = await place.store();
      const all = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => (at * 31 + (at >> 8)) % 256));
      for (const body of [Buffer.alloc(0), Buffer.from('\r\nEN\r\n'), all.subarray(0, 256), all]) {
        await store.put('a', entryOf(body, place.clock.now));
        const sight = await lookAt(store, 'a');
        expect(sight.state === 'fresh' && body.equals(sight.entry.body)).toBe(true);
      }
    });

    test('says so when something is too large, and keeps nothing older', async (place) => {
      const store = await place.store();
      const noise = Buffer.alloc(place.tooManyBytes);
      for (let at = 0; at < noise.length; at += 4)
        noise.writeInt32BE(Math.imul(at, 0x9e37_79b1) ^ (at >> 3), at);
      const lease = await leaseOn(store, { key: 'a' });
      await expect(store.fill('a', lease, entryOf(noise, place.clock.now))).rejects.toThrow(ValueTooLarge);
      await store.put('a', entryOf('v1', place.clock.now));
      await expect(store.put('a', entryOf(noise, place.clock.now))).rejects.toThrow(ValueTooLarge);
      expect(await seen(store, 'a')).toBe('miss');
    });

    test('tells two keys of one hash apart', async (place) => {
      const store = await place.store();
      await store.put('long '.repeat(100), entryOf('v1', place.clock.now));
      await place.hand.collide('long '.repeat(100), 'another');
      expect(await seen(store, 'another')).toBe('miss');
      const lease = await leaseOn(store, { key: 'another' });
      expect(await store.fill('another', lease, entryOf('v2', place.clock.now))).toEqual({ stored: true });
      expect(await seen(store, 'another')).toBe('fresh v2');
    });

    test('shows something until its time is over by the clock of who asks', async (place) => {
      const store = await place.store();
      await store.put('a', entryOf('v1', place.clock.now));
      place.clock.now += 59_999;
      expect(await seen(store, 'a')).toBe('fresh v1');
      place.clock.now += 1;
      expect(await seen(store, 'a')).toBe('stale v1');
      place.clock.now += 60_000;
      expect(await seen(store, 'a')).toBe('miss');
      await leaseOn(store, { key: 'a' });
    });
  });
};
