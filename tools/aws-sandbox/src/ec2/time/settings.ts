import { z } from 'zod';
import { Sql, type Database } from '../../state.ts';

/** A day at most. */
const ms = z.int().min(0).max(86_400_000).optional();

/** How long things take. In AWS it is seconds to minutes, here by default too little to wait for. */
export const Ec2Times = z.strictObject({
  /** From RunInstances or StartInstances until an instance is running. */
  pendingMs: ms,
  stoppingMs: ms,
  shuttingDownMs: ms,
  /** From running until the status checks pass. */
  initializingMs: ms,
  /** Of a volume, in creating and in deleting. */
  volumeMs: ms,
  attachMs: ms,
  detachMs: ms,
  snapshotMs: ms,
  /** From when a group has too few or too many instances until it does something about it. */
  scalingMs: ms,
  /** After a launch that failed until the next try; twice as long after each further one, up to ten minutes. */
  relaunchMs: z.int().min(1).max(600_000).optional(),
  /** In Pending:Proceed and Terminating:Proceed. */
  proceedMs: ms,
  /** From when an instance is unhealthy until its group knows. */
  healthCheckMs: ms,
  /** From when a zone is lost until the groups have given up what they had there. */
  zoneLossMs: ms,
});
export type Ec2Times = z.infer<typeof Ec2Times>;

const DEFAULT_TIMES = {
  pendingMs: 20,
  stoppingMs: 20,
  shuttingDownMs: 20,
  initializingMs: 20,
  volumeMs: 20,
  attachMs: 20,
  detachMs: 20,
  snapshotMs: 20,
  scalingMs: 20,
  relaunchMs: 100,
  proceedMs: 20,
  healthCheckMs: 60,
  zoneLossMs: 60,
};
export type Times = typeof DEFAULT_TIMES;

/** Kept with the rest of the state. */
export class Ec2Settings {
  readonly #sql: Sql;
  #times: Times;
  #aheadMs: number;

  constructor(db: Database) {
    this.#sql = new Sql(db);
    const rows = this.#sql.all<{ name: string; value: number }>(
      "SELECT name, value FROM settings WHERE name LIKE 'ec2.%'",
    );
    const kept = Object.fromEntries(rows.map(({ name, value }) => [name.slice('ec2.'.length), value]));
    const { aheadMs = 0, ...times } = kept;
    this.#aheadMs = aheadMs;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  get times(): Times {
    return this.#times;
  }

  /** Holds for what begins from now on; those of groups for all that is not done yet. */
  set(times: Ec2Times): void {
    for (const [name, value] of Object.entries(times) as [string, number][]) this.#keep(name, value);
    this.#times = { ...this.#times, ...(times as Partial<Times>) };
  }

  /** How far the clock has been put forward. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  advance(byMs: number): void {
    this.#aheadMs += byMs;
    this.#keep('aheadMs', this.#aheadMs);
  }

  #keep(name: string, value: number): void {
    this.#sql.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', `ec2.${name}`, value);
  }
}
