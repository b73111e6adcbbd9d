import { expect } from 'vitest';
import type { Entry } from '../../src/domain/entry.ts';
import type { Ask, Filling, Lease, Sight, Store } from '../../src/ports/store.ts';

export function entryOf(text: string | Uint8Array, now: number, more: Partial<Entry> = {}): Entry {
  return {
    body: typeof text === 'string' ? Buffer.from(text) : text,
    contentType: 'text/plain',
    etag: '"1"',
    storedAt: now,
    freshUntil: now + 60_000,
    staleUntil: now + 120_000,
    tags: [],
    namespaces: [],
    version: 0n,
    visibility: 'public',
    isAbsent: false,
    loadMs: 0,
    ...more,
  };
}

export async function lookAt(store: Store, ask: string | Ask): Promise<Sight> {
  const [sight] = await store.look([typeof ask === 'string' ? { key: ask } : ask]);
  return sight!;
}

/** What is seen, in short: `fresh v1`, `stale v1`, `miss`. */
export async function seen(store: Store, key: string): Promise<string> {
  const sight = await lookAt(store, key);
  return sight.state === 'miss' ? 'miss' : `${sight.state} ${Buffer.from(sight.entry.body).toString()}`;
}

export function fillingOf(sight: Sight): Filling {
  return sight.filling;
}

export function leaseIn(sight: Sight): Lease | undefined {
  const filling = fillingOf(sight);
  return filling?.by === 'us' ? filling.lease : undefined;
}

/** Expects to get it. */
export async function leaseOn(store: Store, ask: Ask): Promise<Lease> {
  const sight = await lookAt(store, { leaseMs: 10_000, ...ask });
  const lease = leaseIn(sight);
  expect(lease, `a lease on what is ${sight.state}`).toBeDefined();
  return lease!;
}
