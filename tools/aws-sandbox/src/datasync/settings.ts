import { z } from 'zod';
import { Sql, type Database } from '../state.ts';

/** A week at most. */
const ms = z.int().min(0).max(604_800_000).optional();

/** How long an execution is in each status. In AWS it is minutes to days, here too little to wait for. */
export const DataSyncTimes = z.strictObject({
  launchMs: ms,
  prepareMs: ms,
  transferMs: ms,
  verifyMs: ms,
  /** In CANCELLING. */
  cancelMs: ms,
});
export type DataSyncTimes = z.infer<typeof DataSyncTimes>;

const DEFAULT_TIMES = { launchMs: 20, prepareMs: 20, transferMs: 60, verifyMs: 20, cancelMs: 20 };
export type Times = typeof DEFAULT_TIMES;

/** Kept with the rest of the state. */
export class DataSyncSettings {
  readonly #sql: Sql;
  #times: Times;
  #aheadMs: number;

  constructor(db: Database) {
    this.#sql = new Sql(db);
    const rows = this.#sql.all<{ name: string; value: number }>(
      "SELECT name, value FROM settings WHERE name LIKE 'datasync.%'",
    );
    const kept = Object.fromEntries(rows.map(({ name, value }) => [name.slice('datasync.'.length), value]));
    const { aheadMs = 0, ...times } = kept;
    this.#aheadMs = aheadMs;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  get times(): Times {
    return this.#times;
  }

  /** Holds for what is launched, or cancelled, from now on. */
  set(times: DataSyncTimes): void {
    for (const [name, value] of Object.entries(times) as [string, number][]) this.#keep(name, value);
    this.#times = { ...this.#times, ...(times as Partial<Times>) };
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Puts the clock forward. */
  advance(byMs: number): void {
    this.#aheadMs += byMs;
    this.#keep('aheadMs', this.#aheadMs);
  }

  #keep(name: string, value: number): void {
    this.#sql.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', `datasync.${name}`, value);
  }
}
