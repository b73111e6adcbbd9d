import type { Store } from '../../src/ports/store.ts';

/** Part of a store that nobody else uses, seen by any number of clients. */
export interface Place {
  /** Another client, connected. */
  store(): Promise<Store>;
  /** The clock of all clients, in ms since the epoch. The store has one of its own. */
  clock: { now: number };
  /** The least lease that the store keeps to, in ms, and when the next one is given at the latest. */
  lease: { ms: number; goneWithinMs: number };
  /** Of a body that does not fit. */
  tooManyBytes: number;
  hand: Hand;
  close(): Promise<void>;
}

/** What happens to a store by itself. */
export interface Hand {
  /** The entry of a key goes, to make room. */
  evict(key: string): Promise<void>;
  /** The generation of a tag, namespace or key goes; named as in `generations.ts`. */
  evictGeneration(name: string): Promise<void>;
  /** What lies under a key is copied to another one, as if both had the same hash. */
  collide(from: string, to: string): Promise<void>;
}
