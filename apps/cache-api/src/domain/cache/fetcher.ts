import { LRUCache } from 'lru-cache';
import type { Entry } from '../entry.ts';
import { absentEntry, isDueEarly, isShownMeanwhile } from '../freshness.ts';
import { SourceUnavailable } from '../../ports/source.ts';
import {
  StoreUnavailable,
  type Ask,
  type Filling,
  type Lease,
  type Sight,
  type Store,
} from '../../ports/store.ts';
import type { Answer } from './answer.ts';
import type { Clock } from './clock.ts';
import type { Collection } from './collection.ts';
import type { Flight } from './flights.ts';
import type { Loader } from './loader.ts';
import type { Local } from './local.ts';

/** How much longer than a load a lease lasts, in ms: time for the fill. */
const LEASE_MARGIN_MS = 1_000;
/** Until something fresh whose renewal has failed is tried again, in ms. */
const PAUSE_AFTER_FAILURE_MS = 1_000;
/** Between two looks at what somebody else is loading, in ms. */
const LOOK_AGAIN = { first: 4, most: 50 };

export interface FetcherParts {
  store: Store;
  local: Local;
  clock: Clock;
  loader: Loader;
}

interface Job {
  flight: Flight;
  lease: Lease | undefined;
  /** What may be shown when the load fails or takes long. */
  fallback: Fallback | undefined;
}

interface Fallback {
  entry: Entry;
  tier: 'store' | 'l1';
}

/**
 * The way of a flight: look at the store → fresh: done · stale and still shown: done, and loaded in the
 * background · ours to load: load, fill · somebody else's: look again until it is there, or ours · the store
 * does not answer: load without filling it. While it loads longer than the soft timeout, or when the load
 * fails, something stale is given if there is any.
 */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #working = new Set<Promise<void>>();
  readonly #renewing = new Set<string>();
  readonly #failedUntil = new LRUCache<string, number>({ max: 1_000 });

  constructor(parts: FetcherParts) {
    this.#parts = parts;
  }

  /** Settles each of them, sooner or later. */
  fetch(collection: Collection, flights: readonly Flight[]): void {
    this.#work(async () => {
      try {
        await this.#fetch(collection, flights);
      } catch (error) {
        for (const flight of flights) flight.fail(error);
      }
    });
  }

  /** Loads something anew that is fresh. Once at a time, and when it fails it stays as it is. */
  renew(collection: Collection, id: string, key: string, current: Entry): void {
    const { clock } = this.#parts;
    if (this.#renewing.has(key) || clock.ticks() < (this.#failedUntil.get(key) ?? 0)) return;
    this.#renewing.add(key);
    this.#work(async () => {
      try {
        await this.#renew(collection, id, key, current);
      } catch {
        // A reader will try again, and the end of its life is still to come.
        this.#failedUntil.set(key, clock.ticks() + PAUSE_AFTER_FAILURE_MS);
      } finally {
        this.#renewing.delete(key);
      }
    });
  }

  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  #work(work: () => Promise<void>): void {
    const working = work().finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  async #fetch(collection: Collection, flights: readonly Flight[]): Promise<void> {
    const sights = await this.#look(collection, flights);
    const now: Job[] = [];
    const meanwhile: Job[] = [];
    const waits: Promise<void>[] = [];
    flights.forEach((flight, at) => {
      const sight = sights[at];
      const filling = this.#give(collection, flight, sight);
      const fallback = this.#fallbackOf(flight, sight);
      if (filling?.by === 'other') {
        if (!flight.isSettled) waits.push(this.#wait(collection, flight, fallback));
      } else if (filling?.by === 'us' || !flight.isSettled) {
        (flight.isSettled ? meanwhile : now).push({ flight, lease: filling?.lease, fallback });
      }
    });
    await Promise.all([
      ...waits,
      this.#load(collection, now),
      // What nobody waits for must not make the others wait: a query of its own.
      this.#load(collection, meanwhile),
    ]);
  }

  /** Settles a flight with what is seen, if that will do. Says who loads. */
  #give(collection: Collection, flight: Flight, sight: Sight | undefined): Filling {
    if (collection.source === undefined) this.#giveWithoutSource(collection, flight, sight);
    else if (sight?.state === 'fresh') this.#giveFresh(collection, flight, sight.entry, 'none');
    else if (sight?.state === 'stale' && sight.filling !== undefined) {
      if (isShownMeanwhile(sight.entry, collection.policy, this.#parts.clock.now())) {
        this.#giveStale(flight, sight.entry, 'store', 'revalidating');
      }
    }
    return sight?.filling;
  }

  #giveWithoutSource(collection: Collection, flight: Flight, sight: Sight | undefined): void {
    if (sight === undefined) return flight.fail(new StoreUnavailable('the store does not answer'));
    if (sight.state === 'fresh') return this.#giveFresh(collection, flight, sight.entry, 'none');
    const { policy, visibility, tagsOf, name } = collection;
    const at = { now: this.#parts.clock.now(), loadMs: 0 };
    const entry = absentEntry({ policy, visibility, tags: tagsOf(flight.id), namespace: name }, at);
    flight.settle({ entry, state: 'miss', tier: 'store', lease: 'none', isStored: false });
  }

  #giveFresh(collection: Collection, flight: Flight, entry: Entry, lease: 'none' | 'waited'): void {
    const { local, clock } = this.#parts;
    local.keep(flight.key, entry, flight.epoch);
    const state = lease === 'waited' ? 'miss' : 'hit';
    flight.settle({ entry, state, tier: 'store', lease, isStored: true });
    if (isDueEarly(entry, collection.policy, clock.now(), clock.random) && collection.source !== undefined) {
      this.renew(collection, flight.id, flight.key, entry);
    }
  }

  #giveStale(flight: Flight, entry: Entry, tier: 'store' | 'l1', because: Answer['because']): void {
    flight.settle({ entry, state: 'stale', tier, lease: 'none', isStored: true, because });
  }

  async #load(collection: Collection, jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const done = new AbortController();
    const slow = this.#giveUpSoftly(collection, jobs, done.signal);
    try {
      const wants = jobs.map(({ flight: { id, key }, lease }) => ({ id, key, lease }));
      const answers = await this.#parts.loader.load(collection, wants);
      jobs.forEach(({ flight }, at) => this.#land(flight, answers[at]!));
    } catch (error) {
      for (const { flight, fallback } of jobs) this.#fallBack(flight, fallback, error);
    } finally {
      done.abort();
      await slow;
    }
  }

  #land(flight: Flight, answer: Answer): void {
    // Lost: something has invalidated it, of which this process will hear only later.
    if (answer.lease !== 'lost' && answer.entry.freshUntil > this.#parts.clock.now()) {
      this.#parts.local.keep(flight.key, answer.entry, flight.epoch);
    }
    flight.settle(answer);
  }

  #fallBack(flight: Flight, fallback: Fallback | undefined, error: unknown): void {
    if (fallback === undefined) flight.fail(error);
    else this.#giveStale(flight, fallback.entry, fallback.tier, 'failed');
  }

  /** What is stale in the store, or else in this process. */
  #fallbackOf({ key }: Flight, sight: Sight | undefined): Fallback | undefined {
    if (sight?.state === 'stale') return { entry: sight.entry, tier: 'store' };
    // What the store does not show was invalidated, or is not to be had there now.
    const kept = sight === undefined ? this.#parts.local.get(key) : undefined;
    const isShown = kept !== undefined && this.#parts.clock.now() < kept.staleUntil;
    return isShown ? { entry: kept, tier: 'l1' } : undefined;
  }

  /** After the soft timeout, those who could have something stale get it. The load goes on. */
  async #giveUpSoftly({ policy }: Collection, jobs: readonly Job[], done: AbortSignal): Promise<void> {
    const waiting = jobs.filter(({ flight, fallback }) => fallback !== undefined && !flight.isSettled);
    if (waiting.length === 0) return;
    const isSlow = await this.#parts.clock.sleep(policy.softTimeoutMs, done).then(
      () => true,
      () => false,
    );
    if (!isSlow) return;
    for (const { flight, fallback } of waiting) {
      this.#giveStale(flight, fallback!.entry, fallback!.tier, 'slow');
    }
  }

  /** Somebody else loads it: until it is there, or until that one's lease has ended and we get it. */
  async #wait(collection: Collection, flight: Flight, fallback: Fallback | undefined): Promise<void> {
    const { clock } = this.#parts;
    const { softTimeoutMs } = collection.policy;
    const began = clock.ticks();
    const longest = 2 * leaseMsOf(collection);
    for (let pause = LOOK_AGAIN.first; ; pause = Math.min(pause * 2, LOOK_AGAIN.most)) {
      await clock.sleep(pause * (0.5 + clock.random()));
      const [sight] = await this.#look(collection, [flight]);
      if (sight?.state === 'fresh') return this.#giveFresh(collection, flight, sight.entry, 'waited');
      if (sight?.filling?.by !== 'other') {
        return this.#load(collection, [{ flight, lease: sight?.filling?.lease, fallback }]);
      }
      const waited = clock.ticks() - began;
      if (fallback !== undefined && waited >= softTimeoutMs) {
        return this.#giveStale(flight, fallback.entry, fallback.tier, 'slow');
      }
      if (waited >= longest) {
        const error = new SourceUnavailable('others have tried to load it for too long');
        return this.#fallBack(flight, fallback, error);
      }
    }
  }

  async #renew(collection: Collection, id: string, key: string, current: Entry): Promise<void> {
    const { local, store, loader } = this.#parts;
    const epoch = local.epoch;
    const [sight] = await store.look([{ ...askOf(collection, id, key), renew: true }]);
    if (sight === undefined) return;
    const isNewer = sight.state === 'fresh' && sight.entry.storedAt > current.storedAt;
    if (isNewer) local.keep(key, sight.entry, epoch);
    if (sight.filling?.by !== 'us') return;
    if (isNewer) return store.release(key, sight.filling.lease);
    const [answer] = await loader.load(collection, [{ id, key, lease: sight.filling.lease }]);
    if (answer?.isStored === true) local.keep(key, answer.entry, epoch);
  }

  /** Undefined where the store does not answer: then it is as if there were none. */
  async #look(collection: Collection, flights: readonly Flight[]): Promise<(Sight | undefined)[]> {
    try {
      return await this.#parts.store.look(flights.map(({ id, key }) => askOf(collection, id, key)));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return flights.map(() => undefined);
    }
  }
}

function leaseMsOf({ policy }: Collection): number {
  return policy.hardTimeoutMs + LEASE_MARGIN_MS;
}

function askOf(collection: Collection, id: string, key: string): Ask {
  const { name, tagsOf, hasMoreTags, source } = collection;
  const asked = { key, tags: tagsOf(id), namespaces: [name] };
  return source === undefined ? asked : { ...asked, moreTags: hasMoreTags, leaseMs: leaseMsOf(collection) };
}
