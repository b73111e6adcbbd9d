import type { Component, Logger } from '@groundwork/service';
import { setTimeout as delay } from 'node:timers/promises';
import { collectionOf } from './domain/cache/collection.ts';
import type { Invalidation } from './ports/store.ts';

/** More than this is repaired by forgetting whole namespaces. */
const MOST_KEYS = 10_000;
const PAUSE_MS = { first: 100, most: 2_000 };

export interface RepairsOptions {
  invalidate: (what: Invalidation) => Promise<void>;
  logger: Logger;
}

/**
 * What was written to the database, but could not be invalidated yet: tried until it can. It is gone with the
 * process; the change stream, which is not, does the same from the database's own log.
 */
export class Repairs implements Component {
  readonly name = 'repairs';
  readonly #options: RepairsOptions;
  readonly #keys = new Set<string>();
  readonly #namespaces = new Set<string>();
  /** Of the newest of these writes: an older one that is still on its way must not get in afterwards. */
  #version = 0n;
  #inWork = 0;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  add({ keys = [], namespaces = [], version = 0n }: Omit<Invalidation, 'tags'>): void {
    if (version > this.#version) this.#version = version;
    for (const namespace of namespaces) this.#namespaces.add(namespace);
    for (const key of keys) this.#keys.add(key);
    if (this.#keys.size > MOST_KEYS) {
      for (const key of this.#keys) this.#namespaces.add(collectionOf(key));
      this.#keys.clear();
    }
    this.#running ??= this.#run();
  }

  get pending(): number {
    return this.#keys.size + this.#namespaces.size + this.#inWork;
  }

  /** What is still pending then is lost, and said so. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (this.pending > 0) {
      const left = { keys: [...this.#keys].slice(0, 100), namespaces: [...this.#namespaces] };
      this.#options.logger.error(left, 'what was written is not invalidated, and may be shown until its TTL');
    }
  }

  async #run(): Promise<void> {
    for (let pause = PAUSE_MS.first; this.pending > 0; pause = Math.min(pause * 2, PAUSE_MS.most)) {
      const [keys, namespaces] = [[...this.#keys], [...this.#namespaces]];
      this.#keys.clear();
      this.#namespaces.clear();
      this.#inWork = keys.length + namespaces.length;
      const version = this.#version === 0n ? {} : { version: this.#version };
      try {
        await this.#options.invalidate({ keys, namespaces, ...version });
        this.#inWork = 0;
        pause = PAUSE_MS.first;
        continue;
      } catch (error) {
        this.#options.logger.warn({ error, pending: keys.length }, 'writes cannot be invalidated yet');
        this.#inWork = 0;
        this.add({ keys, namespaces });
      }
      if (this.#stopping.signal.aborted) break;
      await delay(pause, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
    this.#running = undefined;
  }
}
