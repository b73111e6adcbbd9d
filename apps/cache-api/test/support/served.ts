import type { Advice } from '../../src/domain/advice/create-advice.ts';
import type { Recorder } from '../../src/domain/advice/recorder.ts';
import { BoundedMap } from '../../src/domain/eviction/bounded-map.ts';
import type { PolicyName } from '../../src/domain/eviction/policy.ts';
import { OVERHEAD_BYTES } from '../../src/domain/l1.ts';

export interface Service {
  ttlMs: number;
  l1Bytes: number;
  policy?: PolicyName;
  hasStore?: boolean;
  bodyBytes?: number;
  loadMs?: number;
}

/** A cache as it answers: L1, a store without bounds, a source; what it answers is recorded, and counted exactly. */
export class Served {
  readonly counts = { l1: 0, store: 0, source: 0 };
  readonly #service: Required<Service>;
  readonly #l1: BoundedMap<true>;
  readonly #loadedAt = new Map<string, number>();

  constructor(service: Service) {
    this.#service = { policy: 'lru', hasStore: true, bodyBytes: 100, loadMs: 20, ...service };
    this.#l1 = new BoundedMap(service.l1Bytes, this.#service.policy);
  }

  ask(recorder: Pick<Recorder | Advice, 'record'>, collection: string, key: string, now: number): void {
    const { ttlMs, hasStore, bodyBytes, loadMs } = this.#service;
    const isInL1 = this.#l1.get(key) === true;
    const loadedAt = this.#loadedAt.get(key) ?? -Infinity;
    const isFresh = now - loadedAt < ttlMs && (isInL1 || hasStore);
    const tier = !isFresh ? 'source' : isInL1 ? 'l1' : 'store';
    this.counts[tier] += 1;
    if (!isFresh) this.#loadedAt.set(key, now);
    if (tier !== 'l1') this.#l1.set(key, true, bodyBytes + OVERHEAD_BYTES);
    recorder.record(collection, key, {
      tier,
      state: isFresh ? 'hit' : 'miss',
      sizeBytes: bodyBytes,
      loadMs,
      ageMs: isFresh ? now - loadedAt : 0,
      now,
      tookMs: { l1: 0.03, store: 0.6, source: loadMs }[tier],
    });
  }

  forget(key: string): void {
    this.#loadedAt.delete(key);
    this.#l1.delete(key);
  }

  reset(): void {
    Object.assign(this.counts, { l1: 0, store: 0, source: 0 });
  }
}
