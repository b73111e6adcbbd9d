import { sql, type Transaction } from 'kysely';
import type { Standing } from '../../domain/explain/facts.ts';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import { decayed } from '../../domain/sharing/usage.ts';

interface Row extends Pick<Standing, 'project' | 'ready' | 'runningCores'> {
  coreSeconds: number;
  at: Date;
  now: Date;
}

/** Projects that have something ready in a pool, and how they stand; cores count wherever they run. */
export async function readStandings(
  tx: Transaction<unknown>,
  pool: string,
  rulesOf: (project: string) => ProjectRules,
): Promise<Standing[]> {
  const { rows } = await sql<Row>`
    WITH ready AS (
      SELECT project, count(*)::integer AS ready FROM elements
      WHERE state = 'ready' AND engine = ${pool} GROUP BY project)
    SELECT r.project, r.ready, coalesce(u.core_seconds, 0) AS "coreSeconds", coalesce(u.at, now()) AS at, now() AS now,
      coalesce((SELECT sum(e.cores) FROM elements e
        WHERE e.project = r.project AND e.state IN ('submitted', 'running')), 0)::integer AS "runningCores"
    FROM ready r LEFT JOIN usage u ON u.project = r.project ORDER BY r.project`.execute(tx);
  return rows.map(({ coreSeconds, at, now, ...rest }) => {
    const { share, maxCores } = rulesOf(rest.project);
    return { ...rest, share, maxCores, usage: decayed({ coreSeconds, at }, now) };
  });
}

/** Ready elements that go before the first ready one of a job, in the order in which dispatchers take them. */
export async function readAhead(tx: Transaction<unknown>, job: string): Promise<number> {
  const { rows } = await sql<{ ahead: number }>`
    SELECT count(*)::integer AS ahead
    FROM (SELECT engine, project, priority, job FROM elements
      WHERE job = ${job}::uuid AND state = 'ready' ORDER BY element LIMIT 1) AS own
    JOIN elements e ON e.state = 'ready' AND e.engine = own.engine AND e.project = own.project
      AND (e.priority > own.priority OR (e.priority = own.priority AND e.job < own.job))`.execute(tx);
  return rows[0]!.ahead;
}
