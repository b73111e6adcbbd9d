import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel';
import type { Entry } from '../entry.ts';
import { absentEntry, freshEntry } from '../freshness.ts';
import { SourceUnavailable, type Loaded } from '../../ports/source.ts';
import type { Lease, Store } from '../../ports/store.ts';
import type { Answer, LeaseOutcome } from './answer.ts';
import type { Clock } from './clock.ts';
import type { Collection } from './collection.ts';

/** One key that is to be loaded; without a lease nothing can be filled. */
export interface Want {
  id: string;
  key: string;
  lease: Lease | undefined;
}

export interface LoaderParts {
  store: Store;
  clock: Clock;
  /** Loads at the same time, and how many more may wait. */
  concurrency: { running: number; waiting: number };
}

const FILLS_AT_ONCE = 50;

/** Asks the source, under the limits on time and number, and fills the store. */
export class Loader {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #limit: BulkheadPolicy;

  constructor({ store, clock, concurrency }: LoaderParts) {
    this.#store = store;
    this.#clock = clock;
    this.#limit = bulkhead(concurrency.running, concurrency.waiting);
  }

  /** All with one query, in order. Rejects when the source does; leases are given back then. */
  async load(collection: Collection, wants: readonly Want[]): Promise<Answer[]> {
    const began = this.#clock.ticks();
    let loaded: (Loaded | undefined)[];
    try {
      loaded = await this.#ask(
        collection,
        wants.map(({ id }) => id),
      );
    } catch (error) {
      for (const { key, lease } of wants) {
        if (lease !== undefined) void this.#store.release(key, lease).catch(() => {}); // it ends by itself
      }
      throw error;
    }
    const loadMs = this.#clock.ticks() - began;
    const answers: Answer[] = [];
    // Not all at once: each has its time, and the store answers one after the other.
    for (let at = 0; at < wants.length; at += FILLS_AT_ONCE) {
      const some = wants.slice(at, at + FILLS_AT_ONCE);
      const filled = some.map((want, index) => this.#fill(collection, want, loaded[at + index], loadMs));
      answers.push(...(await Promise.all(filled)));
    }
    return answers;
  }

  async #ask({ name, source, policy }: Collection, ids: readonly string[]): Promise<(Loaded | undefined)[]> {
    if (source === undefined) throw new TypeError(`${name} has no source`);
    const late = new AbortController();
    const done = new AbortController();
    const timeout = this.#clock.sleep(policy.hardTimeoutMs, done.signal).then(
      () => {
        late.abort(new Error('too late'));
        throw new SourceUnavailable(`${name} could not be loaded within ${policy.hardTimeoutMs} ms`);
      },
      () => new Promise<never>(() => {}),
    );
    try {
      const work = this.#limit.execute(() => source.load(ids, late.signal), late.signal);
      work.catch(() => {});
      return await Promise.race([work, timeout]);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new SourceUnavailable('too many loads at the same time', { cause: error });
    } finally {
      done.abort();
    }
  }

  async #fill(
    { name, policy, visibility, tagsOf }: Collection,
    { id, key, lease }: Want,
    loaded: Loaded | undefined,
    loadMs: number,
  ): Promise<Answer> {
    const frame = { policy, visibility, tags: tagsOf(id), namespace: name };
    const at = { now: this.#clock.now(), loadMs, random: this.#clock.random() };
    const found = loaded === undefined ? absentEntry(frame, at) : freshEntry(loaded, frame, at);
    // The load began after what the lease knows of was visible.
    const entry = found.version === 0n ? { ...found, version: lease?.floor ?? 0n } : found;
    const fate = await this.#keep(key, lease, entry, at.now);
    return { entry, state: 'miss', tier: 'source', lease: fate, isStored: fate === 'won' };
  }

  async #keep(key: string, lease: Lease | undefined, entry: Entry, now: number): Promise<LeaseOutcome> {
    if (lease === undefined) return 'unavailable';
    try {
      if (entry.freshUntil <= now) {
        await this.#store.release(key, lease);
        return 'none';
      }
      const outcome = await this.#store.fill(key, lease, entry);
      return outcome.stored ? 'won' : 'lost';
    } catch {
      return 'unavailable';
    }
  }
}
