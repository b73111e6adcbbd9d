import { StoreUnavailable, type Invalidation } from '../ports/store.ts';
import type { Loaded } from '../ports/source.ts';
import type { Clock } from './cache/clock.ts';
import { keyIn, type Collection } from './cache/collection.ts';
import type { Forget } from './cache/local.ts';
import { freshEntry } from './freshness.ts';
import type { Invalidator } from './invalidator.ts';

/** What the database has committed. */
export interface Committed {
  /** What is there now; undefined: it is deleted, or is not to be put into the cache. */
  loaded: Loaded | undefined;
  version: bigint;
  /** What else depends on it. */
  others: Forget;
}

/** Tells the cache of what was written to the database through it. */
export class WriteThrough {
  readonly #invalidator: Invalidator<unknown>;
  readonly #clock: Clock;
  /** For what could not be told. */
  readonly #repair: (what: Invalidation) => void;

  constructor(invalidator: Invalidator<unknown>, clock: Clock, repair: (what: Invalidation) => void) {
    this.#invalidator = invalidator;
    this.#clock = clock;
    this.#repair = repair;
  }

  /** False: the cache cannot be reached, and is told as soon as it can. */
  async written(
    collection: Collection,
    id: string,
    { loaded, version, others }: Committed,
  ): Promise<boolean> {
    const { name, policy, visibility, tagsOf } = collection;
    const key = keyIn(collection, id);
    const frame = { policy, visibility, tags: tagsOf(id), namespace: name };
    const at = { now: this.#clock.now(), loadMs: 0, random: this.#clock.random() };
    const entry = loaded && { ...freshEntry(loaded, frame, at), version };
    try {
      await this.#invalidator.write({ key, entry, version, others });
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#repair({ keys: [...(others.keys ?? []), key], namespaces: others.namespaces, version });
      return false;
    }
  }
}
