import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../src/ports/store.ts';
import { StoreUnavailable } from '../src/ports/store.ts';
import { KINDS } from './contract/subjects.ts';
import { entryOf, leaseOn, lookAt, seen } from './support/entries.ts';
import type { TestServer } from './support/servers.ts';

const TIMEOUT_MS = 400;
/** What the event loop of a busy machine may add. */
const GRACE_MS = 1_500;

for (const kind of [KINDS.redis, KINDS.memcached]) {
  describe.skipIf(isSkipped(kind))(`a client of ${kind.name}`, () => {
    let server: TestServer | undefined;
    const stores: Store[] = [];

    async function open(): Promise<{ server: TestServer; store: Store }> {
      const [started] = await kind.servers();
      server = started!;
      const store = kind.create([server], 'faults:', { timeoutMs: TIMEOUT_MS });
      stores.push(store);
      await works(store);
      return { server, store };
    }

    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      await server?.kill();
    });

    it('fails in time while the server is down, and works by itself when it is back', async () => {
      const { server: machine, store } = await open();
      await machine.kill();
      await eventually(() => failsInTime(store), { everyMs: 5 });
      await failsInTime(store);
      await machine.start();
      await works(store);
      expect(await seen(store, 'a')).toBe('miss');
    });

    it('fails in time while the server is paused, and piles nothing up', async () => {
      const { server: machine, store } = await open();
      await store.put('a', entryOf('v1', Date.now()));
      await machine.pause();
      const many = await Promise.all(Array.from({ length: 200 }, () => failsInTime(store)));
      expect(many.every(Boolean)).toBe(true);
      // Once it is known, nobody waits any more.
      await eventually(
        async () => {
          const began = performance.now();
          await failsInTime(store);
          return performance.now() - began < TIMEOUT_MS / 3;
        },
        { everyMs: 5 },
      );
      machine.resume();
      await works(store);
      expect(await seen(store, 'a')).toBe('fresh v1');
    });

    it('never gives a reply that comes late to somebody else', async () => {
      const { server: machine, store } = await open();
      for (const key of ['a', 'b']) await store.put(key, entryOf(key, Date.now()));
      for (let round = 0; round < 3; round += 1) {
        await machine.pause();
        await expect(lookAt(store, 'a')).rejects.toThrow(StoreUnavailable);
        machine.resume();
        await works(store);
        const texts = await Promise.all(Array.from({ length: 20 }, () => seen(store, 'b')));
        expect(new Set(texts)).toEqual(new Set(['fresh b']));
      }
    });

    it('ends all calls that are under way when the server dies', async () => {
      const { server: machine, store } = await open();
      const calls = Array.from({ length: 100 }, (_, at) => store.put(`k${at}`, entryOf('x', Date.now())));
      const settled = Promise.allSettled(calls);
      await machine.kill();
      const began = performance.now();
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailable);
      }
      expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + GRACE_MS);
    });

    it('cannot fill with a lease of before the server was started anew', async () => {
      const { server: machine, store } = await open();
      const lease = await leaseOn(store, { key: 'a' });
      await machine.kill();
      // Both lives begin in different seconds, as memcached tells when it was started.
      const second = Math.floor(Date.now() / 1_000);
      await eventually(() => Math.floor(Date.now() / 1_000) > second);
      await machine.start();
      await works(store);
      const now = await leaseOn(store, { key: 'a' });
      expect(await store.fill('a', lease, entryOf('v1', Date.now()))).toMatchObject({ stored: false });
      expect(await store.fill('a', now, entryOf('v2', Date.now()))).toEqual({ stored: true });
    });

    it('has nothing to say once it is closed', async () => {
      const { store } = await open();
      await store.close();
      expect(await failsInTime(store)).toBe(true);
    });
  });
}

async function works(store: Store): Promise<void> {
  await eventually(() => store.check().then(() => true), { everyMs: 10, what: 'the store' });
}

/** All kinds of calls, at once. False: one has worked. */
async function failsInTime(store: Store): Promise<boolean> {
  const began = performance.now();
  const results = await Promise.allSettled([
    store.look([{ key: 'a', leaseMs: 100 }]),
    store.put('z', entryOf('z', Date.now())),
    store.invalidate({ tags: ['z'] }),
    store.check(),
  ]);
  expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailable);
  }
  return results.every(({ status }) => status === 'rejected');
}
