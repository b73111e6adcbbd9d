import type { Entry } from '../entry.ts';
import { isDueEarly } from '../freshness.ts';
import { ANY_TAG } from '../generations.ts';
import type { Store } from '../../ports/store.ts';
import type { Answer } from './answer.ts';
import type { Clock } from './clock.ts';
import { keyIn, type Collection } from './collection.ts';
import { Fetcher } from './fetcher.ts';
import { Flights, type Flight } from './flights.ts';
import { Loader } from './loader.ts';
import type { Local } from './local.ts';

/** `tookMs`: undefined for a hit in this process. */
export type OnAnswer = (collection: Collection, id: string, answer: Answer, tookMs?: number) => void;

export interface CacheParts {
  store: Store;
  local: Local;
  clock: Clock;
  /** Nobody is given the outcome of a load that began longer ago than this, in ms. */
  maxStaleMs: number;
  concurrency: { running: number; waiting: number };
  /** What each reader is given. Must be quick. */
  onAnswer?: OnAnswer | undefined;
}

/**
 * Reads: from this process, then the store, then the source. Each key is on its way once in this process,
 * and by the lease once in all of them.
 */
export class Cache {
  readonly #parts: CacheParts;
  readonly #flights = new Flights();
  readonly #fetcher: Fetcher;

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.#fetcher = new Fetcher({ ...parts, loader: new Loader(parts) });
  }

  /** What this process has that is fresh, at once. */
  peek(collection: Collection, id: string): Answer | undefined {
    const { local, clock } = this.#parts;
    return local.isGood ? this.#peek(collection, id, clock.now()) : undefined;
  }

  /** The same of many, in order. */
  peekMany(collection: Collection, ids: readonly string[]): (Answer | undefined)[] {
    const { local, clock } = this.#parts;
    if (!local.isGood) return ids.map(() => undefined);
    const now = clock.now();
    return ids.map((id) => this.#peek(collection, id, now));
  }

  #peek(collection: Collection, id: string, now: number): Answer | undefined {
    const { local, onAnswer } = this.#parts;
    const key = keyIn(collection, id);
    const entry = local.peek(key);
    if (entry === undefined || now >= entry.freshUntil) return undefined;
    this.#renewIfDue(collection, id, key, entry, now);
    const answer: Answer = { entry, state: 'hit', tier: 'l1', lease: 'none', isStored: true };
    onAnswer?.(collection, id, answer);
    return answer;
  }

  /** Rejects with SourceUnavailable or StoreUnavailable when there is nothing that may be shown. */
  async get(collection: Collection, id: string): Promise<Answer> {
    const hit = this.peek(collection, id);
    if (hit !== undefined) return hit;
    const began: Flight[] = [];
    const pending = this.#join(collection, id, began);
    if (began.length > 0) this.#fetcher.fetch(collection, began);
    const asked = this.#parts.clock.ticks();
    const answer = await pending;
    this.#parts.onAnswer?.(collection, id, answer, this.#parts.clock.ticks() - asked);
    return answer;
  }

  /** In order; what is missing is loaded with one query. An error in place of each that could not be had. */
  async getMany(collection: Collection, ids: readonly string[]): Promise<(Answer | Error)[]> {
    const began: Flight[] = [];
    const asked = this.#parts.clock.ticks();
    const pending = ids.map((id) => this.peek(collection, id) ?? this.#join(collection, id, began));
    if (began.length > 0) this.#fetcher.fetch(collection, began);
    return Promise.all(
      pending.map(async (one, at) => {
        if (!(one instanceof Promise)) return one;
        try {
          const answer = await one;
          this.#parts.onAnswer?.(collection, ids[at]!, answer, this.#parts.clock.ticks() - asked);
          return answer;
        } catch (error) {
          return error as Error;
        }
      }),
    );
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    return this.#fetcher.settled();
  }

  #join(collection: Collection, id: string, began: Flight[]): Promise<Answer> {
    const key = keyIn(collection, id);
    const flight = this.#flights.get(key);
    if (flight !== undefined && this.#isYoung(collection, flight)) {
      return flight.answer.then((answer) =>
        answer.lease === 'won' ? { ...answer, lease: 'waited' } : answer,
      );
    }
    const own = this.#flights.begin(id, key, this.#parts.local.epoch, this.#parts.clock.ticks());
    began.push(own);
    return own.answer;
  }

  /** What was asked for before an invalidation must not be given to who comes after it. */
  #isYoung({ name, tagsOf, hasMoreTags }: Collection, { id, key, epoch, startedAt }: Flight): boolean {
    const { local, clock, maxStaleMs } = this.#parts;
    if (clock.ticks() - startedAt >= maxStaleMs) return false;
    return !local.isOver(epoch, key, { tags: tagsOf(id), namespaces: [name] }, hasMoreTags ? [ANY_TAG] : []);
  }

  #renewIfDue(collection: Collection, id: string, key: string, entry: Entry, now: number): void {
    const { policy, source } = collection;
    if (source !== undefined && isDueEarly(entry, policy, now, this.#parts.clock.random)) {
      this.#fetcher.renew(collection, id, key, entry);
    }
  }
}
