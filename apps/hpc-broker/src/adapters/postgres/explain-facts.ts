import { Plan } from '@groundwork/contracts';
import { inTransaction } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type {
  Awaited,
  ElementGroup,
  FailedAttempt,
  JobFact,
  JobFacts,
  UnderWay,
} from '../../domain/explain/facts.ts';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import { readEngines } from './engine-views.ts';
import { readAhead, readStandings } from './explain-sharing.ts';

/** Groups that are told of; an array of 10,000 elements rarely has more reasons. */
const GROUPS = 20;

/**
 * What explains a job, as of one moment: eight questions in one snapshot, whatever its size. Undefined:
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
  endedAt: Date | null;
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
    SELECT j.id, j.state, j.project, j.spec, j.size, j.ended_at AS "endedAt", j.cancelled_by AS "cancelledBy",
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
  const { now, plan, heldBy, heldAt, cores, memoryMiB, gpus, endedAt, cancelledBy, ...rest } = row;
  const job: JobFact = {
    ...rest,
    endedAt: endedAt ?? undefined,
    cancelledBy: cancelledBy ?? undefined,
    held: heldBy === null || heldAt === null ? undefined : { by: heldBy, at: heldAt },
    needs: { cores, memoryMiB, gpus },
  };
  return { job, now, plan: Plan.safeParse(plan).data };
}

async function readGroups(tx: Transaction<unknown>, id: string): Promise<ElementGroup[]> {
  const { rows } = await sql<
    Omit<ElementGroup, 'notBefore' | 'reason' | 'failures'> &
      ElementGroup['failures'] & { notBefore: Date | null; reason: string | null }
  >`
    SELECT g.*, e.user_failures AS "user", e.infrastructure_failures AS infrastructure, e.preemptions AS preemption
    FROM (
      SELECT state, held, waits_for > 0 AS waits, throttled, reason, count(*)::integer AS count,
        min(element) AS example, min(not_before) AS "notBefore"
      FROM elements WHERE job = ${id}::uuid
      GROUP BY state, held, waits_for > 0, throttled, reason, not_before IS NULL
      ORDER BY count(*) DESC, min(element) LIMIT ${GROUPS}) AS g
    JOIN elements e ON e.job = ${id}::uuid AND e.element = g.example
    ORDER BY g.count DESC, g.example`.execute(tx);
  return rows.map(({ user, infrastructure, preemption, reason, notBefore, ...rest }) => ({
    ...rest,
    reason: reason ?? undefined,
    notBefore: notBefore ?? undefined,
    failures: { user, infrastructure, preemption },
  }));
}

async function readAwaited(tx: Transaction<unknown>, id: string): Promise<Awaited[]> {
  const { rows } = await sql<Awaited>`
    SELECT a."on" AS id, a.name, a.state, a.condition, d.each, count(*)::integer AS count
    FROM awaited a
    JOIN dependencies d ON d.job = a.job AND d."on" = a."on" AND d.condition = a.condition
    JOIN elements e ON e.job = a.job AND e.element = a.element AND e.state = 'pending'
    WHERE a.job = ${id}::uuid AND a.verdict = 'open'
    GROUP BY a."on", a.name, a.state, a.condition, d.each
    ORDER BY count(*) DESC, a.name, a.state LIMIT ${GROUPS}`.execute(tx);
  return rows;
}

async function readUnderWay(tx: Transaction<unknown>, id: string): Promise<UnderWay[]> {
  const { rows } = await sql<
    Omit<UnderWay, 'host' | 'startedAt' | 'plannedSeconds'> & {
      host: string | null;
      startedAt: Date | null;
      plannedSeconds: number | null;
    }
  >`
    SELECT state, engine, host, count(*)::integer AS count, min(element) AS element,
      (array_agg(number ORDER BY element))[1] AS number, min(placed_at) AS "placedAt",
      min(started_at) AS "startedAt", max(planned_seconds) AS "plannedSeconds"
    FROM attempts WHERE job = ${id}::uuid AND state <> 'ended'
    GROUP BY state, engine, host ORDER BY count(*) DESC, engine, host LIMIT ${GROUPS}`.execute(tx);
  return rows.map(({ host, startedAt, plannedSeconds, ...rest }) => ({
    ...rest,
    host: host ?? undefined,
    startedAt: startedAt ?? undefined,
    plannedSeconds: plannedSeconds ?? undefined,
  }));
}

async function readFailed(tx: Transaction<unknown>, id: string): Promise<FailedAttempt[]> {
  const { rows } = await sql<
    Omit<FailedAttempt, 'host' | 'exitCode' | 'seconds'> & {
      host: string | null;
      exitCode: number | null;
      seconds: number | null;
    }
  >`
    SELECT DISTINCT ON (cause, exit_code, reason) cause, exit_code AS "exitCode", reason, element, number, engine, host,
      ended_at AS "endedAt", extract(epoch FROM ended_at - started_at)::double precision AS seconds,
      (count(*) OVER (PARTITION BY cause, exit_code, reason))::integer AS count
    FROM attempts WHERE job = ${id}::uuid AND state = 'ended' AND cause <> 'success'
    ORDER BY cause, exit_code, reason, ended_at DESC LIMIT ${GROUPS}`.execute(tx);
  return rows
    .map(({ host, exitCode, seconds, ...rest }) => ({
      ...rest,
      host: host ?? undefined,
      exitCode: exitCode ?? undefined,
      seconds: seconds ?? undefined,
    }))
    .toSorted((a, b) => b.endedAt.getTime() - a.endedAt.getTime());
}
