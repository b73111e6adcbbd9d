import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { STREAM } from '../catalogue.ts';
import type { Thing } from './thing.ts';

const EVERY_MS = 100;

/**
 * What is committed is told here, whoever wrote it. Once the service has confirmed to the server that it has
 * applied the log up to a position behind these commits, nothing older may be shown: that holds always, in
 * faults as well. How long that takes is measured.
 */
export class Confirmed {
  readonly #pool: Pool;
  #facts: { thing: Thing; version: number }[] = [];
  #waitingSince: number | undefined;
  #longestMs = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  learn(thing: Thing, version: number, how: string): void {
    thing.learn(version, how);
    this.#facts.push({ thing, version });
  }

  /** For how long it has been waited for what is committed to be confirmed, in ms. */
  get lagMs(): number {
    return this.#waitingSince === undefined ? 0 : performance.now() - this.#waitingSince;
  }

  /** The longest since it was last asked, in ms. */
  takeLongest(): number {
    const longest = Math.max(this.#longestMs, this.lagMs);
    this.#longestMs = 0;
    return longest;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const facts = this.#facts;
      this.#facts = [];
      this.#waitingSince = performance.now();
      const position = await this.#position(signal);
      if (position === undefined || !(await this.#until(position, signal))) return;
      const now = performance.now();
      this.#longestMs = Math.max(this.#longestMs, this.lagMs);
      this.#waitingSince = undefined;
      for (const { thing, version } of facts) thing.confirm(version, now);
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Of the end of the log. */
  async #position(signal: AbortSignal): Promise<string | undefined> {
    return this.#again(signal, async () => {
      const { rows } = await this.#pool.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at');
      return rows[0]?.at;
    });
  }

  async #until(position: string, signal: AbortSignal): Promise<boolean> {
    const isThere = await this.#again(signal, async () => {
      const { rows } = await this.#pool.query<{ is: boolean }>(
        'SELECT confirmed_flush_lsn >= $1::pg_lsn AS is FROM pg_replication_slots WHERE slot_name = $2',
        [position, STREAM],
      );
      return rows[0]?.is === true ? true : undefined;
    });
    return isThere === true;
  }

  /** Until it gives something; the database may be away. */
  async #again<T>(signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    while (!signal.aborted) {
      const given = await ask().catch(() => undefined);
      if (given !== undefined) return given;
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }
}
