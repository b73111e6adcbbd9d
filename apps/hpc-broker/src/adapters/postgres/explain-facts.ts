import { Plan } from '@groundwork/contracts';
import { inTransaction } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { JobFact, JobFacts } from '../../domain/explain/facts.ts';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import { readEngines } from './engine-views.ts';
import { readFailed, readUnderWay } from './explain-attempts.ts';
import { readAwaited, readGroups } from './explain-elements.ts';
import { readTransferFact } from './explain-transfer.ts';
import { readAhead, readStandings } from './explain-sharing.ts';

/**
 * What explains a job, as of one moment: nine questions in one snapshot, whatever its size. Undefined:
 * there is no such job.
 */
export async function readFacts(
  db: Kysely<unknown>,
  id: string,
  rulesOf: (project: string) => ProjectRules,
): Promise<JobFacts | undefined> {
  const read = async (tx: Transaction<unknown>): Promise<JobFacts | undefined> => {
    const found = await readJob(tx, id);
    if (found === undefined) return undefined;
    const { job, now, plan } = found;
    return {
      job,
      now,
      plan,
      groups: await readGroups(tx, id),
      awaited: await readAwaited(tx, id),
      transfer: await readTransferFact(tx, id),
      underWay: await readUnderWay(tx, id),
      failed: await readFailed(tx, id),
      engines: await readEngines(tx, job.pool),
      standings: await readStandings(tx, job.pool, rulesOf),
      ahead: await readAhead(tx, id),
    };
  };
  return inTransaction(db, read, { isolation: 'repeatable read' });
}

type JobRow = Pick<
  JobFact,
  'id' | 'state' | 'project' | 'spec' | 'size' | 'pool' | 'spentUsd' | 'attemptWorstUsd' | 'openAttempts'
> & {
  now: Date;
  plan: unknown;
  cancelledBy: string | null;
  heldBy: string | null;
  heldAt: Date | null;
  cores: number;
  memoryMiB: number;
  gpus: number;
};

async function readJob(
  tx: Transaction<unknown>,
  id: string,
): Promise<{ job: JobFact; now: Date; plan: Plan | undefined } | undefined> {
  const { rows } = await sql<JobRow>`
    SELECT j.id, j.state, j.project, j.spec, j.size, j.cancelled_by AS "cancelledBy",
      j.spent_usd AS "spentUsd", p.plan, now() AS now,
      coalesce((p.plan->'chosen'->>'attemptWorstUsd')::double precision, 0) AS "attemptWorstUsd",
      (SELECT count(*) FROM attempts a WHERE a.job = j.id AND a.state <> 'ended')::integer AS "openAttempts",
      e.engine AS pool, e.cores, e.memory_mib AS "memoryMiB", e.gpus, held.by AS "heldBy", held.at AS "heldAt"
    FROM jobs j
    LEFT JOIN plans p ON p.shape = j.plan
    JOIN elements e ON e.job = j.id AND e.element = 0
    LEFT JOIN LATERAL (
      SELECT v.detail->>'by' AS by, v.at FROM events v
      WHERE v.job = j.id AND v.what = 'job.held' ORDER BY v.seq DESC LIMIT 1) AS held ON j.held
    WHERE j.id = ${id}::uuid`.execute(tx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { now, plan, heldBy, heldAt, cores, memoryMiB, gpus, cancelledBy, ...rest } = row;
  const job: JobFact = {
    ...rest,
    cancelledBy: cancelledBy ?? undefined,
    held: heldBy === null || heldAt === null ? undefined : { by: heldBy, at: heldAt },
    needs: { cores, memoryMiB, gpus },
  };
  return { job, now, plan: Plan.safeParse(plan).data };
}
