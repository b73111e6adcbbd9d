import { Submission, type JobSpec } from '@groundwork/contracts';
import { inTransaction, type Database } from '@groundwork/database';
import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import { accept } from '../../src/adapters/postgres/accept.ts';
import { place } from '../../src/adapters/postgres/place.ts';
import { readyQueues } from '../../src/adapters/postgres/queues.ts';
import { writeResults } from '../../src/adapters/postgres/results.ts';
import { resolve } from '../../src/domain/jobs/workflow.ts';
import type { Ending } from '../../src/ports/engine.ts';
import type { EndedAttempt, Placed } from '../../src/ports/ledger.ts';
import { randomUUID } from 'node:crypto';

const ENGINE = 'local';
const EPOCH = 1;
const HOST = 'somewhere';
const ASSIGNMENT = { plan: 'none', engine: ENGINE, seconds: 1, usd: 0 };

/** A job's words without those that do not matter here. */
export const job = (words: Partial<JobSpecInput> = {}): JobSpecInput => ({
  name: 'a',
  command: ['true'],
  ...words,
});
type JobSpecInput = z.input<typeof JobSpec>;

/** The tables, and an engine that does as it is told: what the test says of an attempt is what is seen. */
export function openLedger(
  { db }: Database<unknown>,
  pool = ENGINE,
  tasks: ReadonlyMap<string, string> = new Map(),
) {
  const within = <T>(work: (tx: Transaction<unknown>) => Promise<T>): Promise<T> => inTransaction(db, work);
  const placeAll = async (limit = 1_000): Promise<Placed[]> => {
    const { queues } = await readyQueues(db, pool, limit, () => ({
      share: 1,
      maxCores: undefined,
      maxQueued: undefined,
    }));
    const chosen = [...queues.values()].flat().slice(0, limit);
    return within((tx) => place(tx, chosen, { engine: pool, pool, epoch: EPOCH }));
  };
  return {
    db,
    within,
    placeAll,

    /** Ids by name. */
    submit: async (body: unknown): Promise<Record<string, string>> => {
      const { jobs, issues } = resolve(Submission.parse(body), randomUUID);
      if (issues.length > 0) throw new Error(JSON.stringify(issues));
      await within((tx) =>
        accept(
          tx,
          jobs.map((one) => ({
            ...one,
            workflow: undefined,
            assignment: { ...ASSIGNMENT, engine: pool },
            taskArn: tasks.get(one.spec.dataset?.task ?? ''),
          })),
          'ann',
        ),
      );
      return Object.fromEntries(jobs.map(({ id, spec }) => [spec.name, id]));
    },

    /** What is planned for all jobs of the test. */
    plan: (chosen: { attemptWorstUsd: number; purchase?: string }) =>
      sql`INSERT INTO plans (shape, plan) VALUES (${ASSIGNMENT.plan}, ${JSON.stringify({ chosen })}::jsonb)`.execute(
        db,
      ),

    running: (attempts: readonly Placed[]) =>
      within((tx) =>
        writeResults(
          tx,
          ENGINE,
          attempts.map((one) => ({
            ...one,
            sighting: { state: 'running', startedAt: new Date(), host: HOST },
          })),
          () => 0,
        ),
      ),

    end: (
      attempts: readonly Placed[],
      ending: Ending | ((one: Placed) => Ending),
      engine = ENGINE,
    ): Promise<EndedAttempt[]> =>
      within((tx) =>
        writeResults(
          tx,
          engine,
          attempts.map((one) => ({
            ...one,
            sighting: {
              state: 'ended',
              ending: typeof ending === 'function' ? ending(one) : ending,
              startedAt: new Date(Date.now() - 1_000),
              endedAt: new Date(),
              host: HOST,
            },
          })),
          () => 0,
        ),
      ),

    /** State and reason of a job. */
    job: async (id: string) => {
      const { rows } = await sql<{ state: string; reason: string | null; open: number }>`
        SELECT state, reason, (SELECT count(*)::integer FROM elements
          WHERE job = id AND state NOT IN ('succeeded', 'failed', 'cancelled', 'lost')) AS open
        FROM jobs WHERE id = ${id}::uuid`.execute(db);
      return rows[0]!;
    },

    /** States of its elements, in order. */
    elements: async (id: string): Promise<string[]> => {
      const { rows } = await sql<{ state: string }>`
        SELECT state FROM elements WHERE job = ${id}::uuid ORDER BY element`.execute(db);
      return rows.map(({ state }) => state);
    },

    events: async (id: string): Promise<string[]> => {
      const { rows } = await sql<{ what: string }>`
        SELECT what FROM events WHERE job = ${id}::uuid ORDER BY seq`.execute(db);
      return rows.map(({ what }) => what);
    },
  };
}

export type Ledger = ReturnType<typeof openLedger>;
export const exit = (code: number): Ending => ({ by: 'exit', code });
