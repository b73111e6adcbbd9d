import type { Component, Logger } from '@groundwork/service';
import type { Answer } from './domain/cache/answer.ts';
import type { Clock } from './domain/cache/clock.ts';
import { keyIn, type Collection } from './domain/cache/collection.ts';
import type { Entry } from './domain/entry.ts';

/** `changed`: it differed, and was put right in time. */
export type Verdict = 'same' | 'changed' | 'stale' | 'failed';

export interface CheckerOptions {
  /** Of answers out of the cache, 0 to 1. */
  share: number;
  /** How long something that has changed may still be shown, in ms. */
  allowedMs: number;
  clock: Clock;
  /** What the cache shows now. */
  read: (collection: Collection, id: string) => Promise<Answer>;
  onVerdict: (collection: Collection, verdict: Verdict) => void;
  logger: Logger;
}

/** It must not be the load that it watches over. */
const AT_ONCE = 4;

/**
 * Compares a share of what is served out of the cache with the database. What differs may just have changed:
 * it counts as stale when the cache still shows the same old thing `allowedMs` later.
 */
export class ConsistencyChecker implements Component {
  readonly name = 'consistency checker';
  readonly #options: CheckerOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** Of every answer. Nothing for it to do in most cases. */
  observe(collection: Collection, id: string, { tier, entry, state }: Answer): void {
    const { share, clock } = this.#options;
    if (tier === 'source' || state !== 'hit' || clock.random() >= share) return;
    if (collection.source === undefined || this.#running.size >= AT_ONCE || this.#stopping.signal.aborted)
      return;
    const running = this.#check(collection, id, entry).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  async #check(collection: Collection, id: string, served: Entry): Promise<void> {
    const { onVerdict, logger, allowedMs, clock } = this.#options;
    try {
      if (await this.#isInDatabase(collection, id, served)) return onVerdict(collection, 'same');
      await clock.sleep(allowedMs, this.#stopping.signal);
      const { entry } = await this.#options.read(collection, id);
      const isStill = entry.etag === served.etag && entry.isAbsent === served.isAbsent;
      if (!isStill || (await this.#isInDatabase(collection, id, entry)))
        return onVerdict(collection, 'changed');
      onVerdict(collection, 'stale');
      const about = { key: keyIn(collection, id), ageMs: clock.now() - entry.storedAt, etag: entry.etag };
      logger.warn(about, 'the cache shows something else than the database');
    } catch {
      // The database or the store is away, or we stop: that is somebody else's to tell.
      if (!this.#stopping.signal.aborted) onVerdict(collection, 'failed');
    }
  }

  async #isInDatabase({ source }: Collection, id: string, { etag, isAbsent }: Entry): Promise<boolean> {
    const [loaded] = await source!.load([id], this.#stopping.signal);
    return loaded === undefined ? isAbsent : !isAbsent && loaded.etag === etag;
  }
}
