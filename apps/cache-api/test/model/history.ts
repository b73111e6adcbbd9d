import { setTimeout as delay } from 'node:timers/promises';
import type { Sight, Store } from '../../src/ports/store.ts';
import type { Place } from '../contract/place.ts';
import { entryOf, leaseIn, lookAt } from '../support/entries.ts';

export interface Step {
  client: number;
  key: string;
  what:
    | 'load'
    | 'change, by key'
    | 'change, by tag'
    | 'change, by namespace'
    | 'write through'
    | 'evict'
    | 'evict a tag'
    | 'pass time';
  pauses: readonly [number, number];
}

/** A database of one number per key, which only grows; and clients that cache it. */
export class History {
  readonly tooOld: string[] = [];
  readonly #turns = new Map<string, Promise<void>>();
  readonly #place: Place;
  readonly #stores: readonly Store[];
  readonly #database = new Map<string, number>();
  /** What every look that begins now must show at least: it was acknowledged. */
  readonly #acknowledged = new Map<string, number>();

  constructor(place: Place, stores: readonly Store[]) {
    this.#place = place;
    this.#stores = stores;
  }

  async run({ client, key, what, pauses }: Step): Promise<void> {
    const store = this.#stores[client]!;
    switch (what) {
      case 'load':
        return this.#load(store, key, pauses[1]);
      case 'change, by key':
        return this.#change(key, (version) => store.invalidate({ keys: [key], version }));
      case 'change, by tag':
        return this.#change(key, (version) => store.invalidate({ tags: [`of ${key}`], version }));
      case 'change, by namespace':
        return this.#change(key, (version) => store.invalidate({ namespaces: [key], version }));
      case 'write through':
        return this.#inTurn(key, () => this.#writeThrough(store, key));
      case 'evict':
        return this.#place.hand.evict(key);
      case 'evict a tag':
        return this.#inTurn(key, () => this.#place.hand.evictGeneration(`t:of ${key}`));
      case 'pass time':
        this.#place.clock.now += 70_000;
    }
  }

  /** Looks, and fills what is missing with what the database said at the beginning of the load. */
  async #load(store: Store, key: string, pauseMs: number): Promise<void> {
    const least = this.#acknowledged.get(key) ?? 0;
    const sight = await lookAt(store, { key, tags: [`of ${key}`], namespaces: [key], leaseMs: 10_000 });
    this.#judge(sight, key, least);
    const lease = leaseIn(sight);
    if (lease === undefined) return;
    const loaded = this.#entry(key, 0n);
    await delay(pauseMs);
    await store.fill(key, lease, loaded);
  }

  async #change(key: string, invalidate: (version: bigint) => Promise<void>): Promise<void> {
    const value = this.#next(key);
    await invalidate(BigInt(value));
    this.#acknowledge(key, value);
  }

  /** What was written before may be there no more, whether this is stored or something newer is. */
  async #writeThrough(store: Store, key: string): Promise<void> {
    const value = this.#next(key);
    await store.put(key, this.#entry(key, BigInt(value)));
  }

  /**
   * A put that is overtaken by a change is kept out by the version that the change has left with the
   * generation. That memory may be evicted, but not within the milliseconds that a put takes.
   */
  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    this.#turns.set(key, turn);
    return turn;
  }

  #next(key: string): number {
    const value = (this.#database.get(key) ?? 0) + 1;
    this.#database.set(key, value);
    return value;
  }

  #acknowledge(key: string, value: number): void {
    this.#acknowledged.set(key, Math.max(value, this.#acknowledged.get(key) ?? 0));
  }

  #entry(key: string, version: bigint) {
    const labels = { tags: [`of ${key}`], namespaces: [key] };
    return entryOf(`${this.#database.get(key) ?? 0}`, this.#place.clock.now, { ...labels, version });
  }

  #judge(sight: Sight, key: string, least: number): void {
    if (sight.state === 'miss') return;
    const value = Number(Buffer.from(sight.entry.body).toString());
    if (value < least) this.tooOld.push(`${key}: ${sight.state} ${value}, and ${least} was acknowledged`);
  }
}
