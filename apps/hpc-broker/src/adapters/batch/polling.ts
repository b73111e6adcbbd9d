import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { Taken } from '../taken.ts';
import type { KnownJobs } from './known-jobs.ts';
import type { Places } from './places.ts';

export interface PollingParts {
  known: KnownJobs;
  taken: Taken;
  readPlaces: () => Promise<Places>;
  everyMs: number;
  /** Of attempts that look different from before. */
  tell: (names: readonly string[]) => void;
  logger: Logger;
}

const PLACES_EVERY_MS = 60_000;

/** Asks AWS Batch again and again what has become of jobs, and now and then what it could start. */
export class Polling {
  readonly #parts: PollingParts;
  readonly #stopping = new AbortController();
  readonly #looks = new Map<string, string>();
  #placesAt = -Infinity;
  #running: Promise<void> | undefined;
  /** Why AWS Batch does not answer. */
  problem: string | undefined;
  places: Places | undefined;

  constructor(parts: PollingParts) {
    this.#parts = parts;
  }

  /** Resolves when it has asked once. */
  async start(): Promise<void> {
    await this.#tryOnce();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await delay(this.#parts.everyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#tryOnce();
    }
  }

  async #tryOnce(): Promise<void> {
    try {
      await this.#once();
      this.problem = undefined;
    } catch (error) {
      const now = (error as Error).message;
      if (now !== this.problem) this.#parts.logger.warn({ error }, now);
      this.problem = now;
    }
  }

  async #once(): Promise<void> {
    const { known, taken, readPlaces, everyMs, tell } = this.#parts;
    if (performance.now() - this.#placesAt > PLACES_EVERY_MS) {
      this.places = await readPlaces();
      this.#placesAt = performance.now();
    }
    const names = [...known.names()];
    const details = await known.details(names, everyMs / 2);
    const changed = names.filter((name) => {
      const { status, statusReason } = details.get(name) ?? {};
      const now = `${status} ${statusReason}`;
      if (this.#looks.get(name) === now) return false;
      this.#looks.set(name, now);
      if (status === 'SUCCEEDED' || status === 'FAILED') taken.ended(name);
      return true;
    });
    for (const name of this.#looks.keys()) if (known.get(name) === undefined) this.#looks.delete(name);
    taken.looked();
    if (changed.length > 0) tell(changed);
  }
}
