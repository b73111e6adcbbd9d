import { sql, type Transaction } from 'kysely';
import { mayStart } from '../../domain/planner/may-start.ts';
import type { Candidate } from '../../domain/sharing/choose.ts';
import { record } from './events.ts';
import { endWhatIsOver, settleDependants } from './settle.ts';

interface Capped {
  job: string;
  project: string;
  capUsd: number;
  spentUsd: number;
  worstUsd: number;
  /** What is under way may cost, each attempt by its own plan. */
  underWayUsd: number;
  underWay: number;
}

/**
 * Who may start without their job ever costing more than its maxCostUsd, whatever becomes of what runs
 * already: that counts as if it took all its walltime. Who waits for others to end stays; where nothing
 * runs and another attempt would be too dear, nothing ever changes, and the rest of the job has failed.
 *
 * The rows of such jobs are locked, so that what they spend meanwhile is seen.
 */
export async function withinCaps(
  tx: Transaction<unknown>,
  chosen: readonly Candidate[],
): Promise<Candidate[]> {
  const jobs = [...new Set(chosen.map(({ job }) => job))];
  const { rows } = await sql<Capped>`
    SELECT j.id AS job, j.project, (j.spec->>'maxCostUsd')::double precision AS "capUsd", j.spent_usd AS "spentUsd",
      coalesce((p.plan->'chosen'->>'attemptWorstUsd')::double precision, 0) AS "worstUsd",
      open.count AS "underWay", open.usd AS "underWayUsd"
    FROM jobs j LEFT JOIN plans p ON p.shape = j.plan
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(n), 0)::integer AS count,
        coalesce(sum(n * (o.plan->'chosen'->>'attemptWorstUsd')::double precision), 0)::double precision AS usd
      FROM (SELECT plan AS shape, count(*) AS n FROM attempts a WHERE a.job = j.id AND a.state <> 'ended' GROUP BY plan) AS of
      LEFT JOIN plans o ON o.shape = of.shape) AS open
    WHERE j.id = ANY(${jobs}::uuid[]) AND j.spec ? 'maxCostUsd' ORDER BY j.id FOR UPDATE OF j`.execute(tx);
  if (rows.length === 0) return [...chosen];
  const capped = new Map(rows.map((row) => [row.job, { ...row }]));
  const tooDear = new Map<string, { project: string; reason: string }>();
  const within = chosen.filter(({ job }) => {
    const one = capped.get(job);
    if (one === undefined) return true;
    const start = mayStart(one.spentUsd + one.underWayUsd, one.worstUsd, one.capUsd);
    if (start.may) {
      one.underWay += 1;
      one.underWayUsd += one.worstUsd;
    } else if (one.underWay === 0) tooDear.set(job, { project: one.project, reason: start.reason });
    return start.may;
  });
  for (const [job, { project, reason }] of tooDear) await fail(tx, job, project, reason);
  return within;
}

async function fail(tx: Transaction<unknown>, job: string, project: string, reason: string): Promise<void> {
  await sql`
    UPDATE elements SET state = 'failed', reason = ${reason}
    WHERE job = ${job}::uuid AND state IN ('pending', 'ready')`.execute(tx);
  await record(tx, [{ job, project, what: 'job.capped', detail: { reason } }]);
  await endWhatIsOver(tx, [job]);
  await settleDependants(tx, [job]);
}
