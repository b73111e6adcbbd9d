import { z } from 'zod';
import { Sql, type Database } from '../state.ts';

const ms = (max: number) => z.int().min(0).max(max).optional();

/** How long things take. In AWS most of it is minutes, here by default too little to wait for. */
export const BatchTimes = z.strictObject({
  /** From CREATING or UPDATING to VALID, of environments and queues. */
  resourceMs: ms(3_600_000),
  /** In SUBMITTED, and in PENDING when there is nothing to wait for. */
  submittedMs: ms(3_600_000),
  /** In RUNNABLE at the least; what has no room stays there. */
  runnableMs: ms(3_600_000),
  startingMs: ms(3_600_000),
  /** In RUNNING, of a job whose command is not run and whose outcome does not say how long. */
  runningMs: ms(86_400_000),
  /**
   * How long a second of what jobs and the documentation say in seconds is: timeouts of attempts, the 30 s between
   * SIGTERM and SIGKILL, time limits of queues, the day until an ended job is forgotten.
   */
  secondMs: z.int().min(1).max(1_000).optional(),
});
export type BatchTimes = z.infer<typeof BatchTimes>;

export const DEFAULT_TIMES: Required<{ [K in keyof BatchTimes]: number }> = {
  resourceMs: 20,
  submittedMs: 20,
  runnableMs: 20,
  startingMs: 20,
  runningMs: 100,
  secondMs: 1_000,
};
export type Times = typeof DEFAULT_TIMES;

/** Kept with the rest of the state. */
export class BatchSettings {
  readonly #sql: Sql;
  #times: Times;
  #aheadMs: number;

  constructor(db: Database) {
    this.#sql = new Sql(db);
    const rows = this.#sql.all<{ name: string; value: number }>(
      "SELECT name, value FROM settings WHERE name LIKE 'batch.%'",
    );
    const kept = Object.fromEntries(rows.map(({ name, value }) => [name.slice('batch.'.length), value]));
    const { aheadMs = 0, ...times } = kept;
    this.#aheadMs = aheadMs;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  get times(): Times {
    return this.#times;
  }

  /** Holds for what begins from now on. */
  set(times: BatchTimes): void {
    for (const [name, value] of Object.entries(times) as [string, number][]) this.#keep(name, value);
    this.#times = { ...this.#times, ...(times as Partial<Times>) };
  }

  /** How far the clock has been put forward. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  set aheadMs(by: number) {
    this.#keep('aheadMs', by);
    this.#aheadMs = by;
  }

  #keep(name: string, value: number): void {
    this.#sql.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', `batch.${name}`, value);
  }
}
