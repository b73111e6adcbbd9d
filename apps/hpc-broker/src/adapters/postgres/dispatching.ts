import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { attemptName, type AttemptId } from '../../domain/jobs/attempt-name.ts';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import type { Dispatching } from '../../ports/dispatching.ts';
import { openAttempts, place, postpone } from './place.ts';
import { readyQueues } from './queues.ts';
import { writeResults } from './results.ts';
import { wakeDue } from './steer.ts';

const WOKEN_AT_ONCE = 1_000;

export interface DispatchingOptions {
  db: Kysely<unknown>;
  lease: Lease;
  /** Of the engine, as attempts name it. */
  engine: string;
  /** What plans name: all engines of a kind that can stand in for each other. */
  pool: string;
  rulesOf: (project: string) => ProjectRules;
}

export function createDispatching({ db, lease, engine, pool, rulesOf }: DispatchingOptions): Dispatching {
  const fenced = <T>(work: (tx: Transaction<unknown>) => Promise<T>): Promise<T> =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      return work(tx);
    });
  return {
    async ready(limit) {
      const { rows } = await sql`SELECT 1 FROM drains WHERE engine = ${engine}`.execute(db);
      if (rows.length > 0) return { queues: new Map(), projects: new Map() };
      return readyQueues(db, pool, limit, rulesOf);
    },
    place: (chosen) => fenced((tx) => place(tx, chosen, { engine, pool, epoch: lease.epoch })),
    postpone: (gang) => fenced((tx) => postpone(tx, gang)),
    open: () => openAttempts(db, engine),
    async cancelled() {
      const { rows } = await sql<AttemptId>`
        SELECT a.job, a.element, a.number FROM attempts a JOIN jobs j ON j.id = a.job
        WHERE a.engine = ${engine} AND a.state <> 'ended' AND j.cancelled_by IS NOT NULL`.execute(db);
      return rows.map(attemptName);
    },
    async withdrawn() {
      const { rows } = await sql<AttemptId>`
        SELECT job, element, number FROM attempts
        WHERE engine = ${engine} AND state IN ('placed', 'submitted') AND withdraw`.execute(db);
      return rows.map(attemptName);
    },
    write: (seen) => fenced((tx) => writeResults(tx, engine, seen, Math.random)),
    wakeDue: () => fenced((tx) => wakeDue(tx, WOKEN_AT_ONCE)),
  };
}
