import { sql, type Transaction } from 'kysely';
import type { FailedAttempt, UnderWay } from '../../domain/explain/facts.ts';

/** Places and ways to end that are told of one by one. */
const GROUPS = 20;

/** Attempts that have not ended, those in one state at one place together. */
export async function readUnderWay(tx: Transaction<unknown>, id: string): Promise<UnderWay[]> {
  const { rows } = await sql<
    Omit<UnderWay, 'host' | 'startedAt' | 'plannedSeconds' | 'reason'> & {
      host: string | null;
      startedAt: Date | null;
      plannedSeconds: number | null;
      reason: string | null;
    }
  >`
    WITH places AS (
      SELECT engine, host, row_number() OVER (ORDER BY count(*) DESC, engine, host) AS nth
      FROM attempts WHERE job = ${id}::uuid AND state <> 'ended' GROUP BY engine, host)
    SELECT a.state, CASE WHEN p.nth <= ${GROUPS} THEN a.engine ELSE 'other engines' END AS engine,
      CASE WHEN p.nth <= ${GROUPS} THEN a.host END AS host, count(*)::integer AS count, min(a.element) AS element,
      (array_agg(a.number ORDER BY a.element))[1] AS number, min(a.placed_at) AS "placedAt",
      min(a.started_at) AS "startedAt", max(a.planned_seconds) AS "plannedSeconds",
      min(a.reason) AS reason, bool_or(a.withdraw) AS "isWithdrawn"
    FROM attempts a JOIN places p ON p.engine = a.engine AND p.host IS NOT DISTINCT FROM a.host
    WHERE a.job = ${id}::uuid AND a.state <> 'ended'
    GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 2, 3`.execute(tx);
  return rows.map(({ host, startedAt, plannedSeconds, reason, ...rest }) => ({
    ...rest,
    reason: reason ?? undefined,
    host: host ?? undefined,
    startedAt: startedAt ?? undefined,
    plannedSeconds: plannedSeconds ?? undefined,
  }));
}

/** Attempts that did not succeed, those that ended alike together; the latest first. */
export async function readFailed(tx: Transaction<unknown>, id: string): Promise<FailedAttempt[]> {
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
