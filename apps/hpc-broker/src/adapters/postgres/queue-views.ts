import type { Queue } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import { decayed } from '../../domain/sharing/usage.ts';

interface Row extends Pick<Queue, 'project' | 'pending' | 'ready' | 'running' | 'runningCores'> {
  coreSeconds: number;
  at: Date;
  now: Date;
}

/** Every project that has used something lately, or has something waiting or running, by name. */
export async function readQueues(
  db: Kysely<unknown>,
  rulesOf: (project: string) => ProjectRules,
): Promise<Queue[]> {
  // In parts, so that each is read from the partial index that holds just that.
  const { rows } = await sql<Row>`
    WITH counts AS (
      SELECT project, count(*) AS pending, 0 AS ready, 0 AS running, 0 AS cores
      FROM elements WHERE state = 'pending' GROUP BY project
      UNION ALL
      SELECT project, 0, count(*), 0, 0 FROM elements WHERE state = 'ready' GROUP BY project
      UNION ALL
      SELECT project, 0, 0, count(*), sum(cores) FROM elements WHERE state IN ('submitted', 'running') GROUP BY project
      UNION ALL
      SELECT project, 0, 0, 0, 0 FROM usage)
    SELECT c.project, sum(c.pending)::integer AS pending, sum(c.ready)::integer AS ready, sum(c.running)::integer AS running,
      sum(c.cores)::integer AS "runningCores", coalesce(u.core_seconds, 0) AS "coreSeconds", coalesce(u.at, now()) AS at, now() AS now
    FROM counts c LEFT JOIN usage u ON u.project = c.project
    GROUP BY c.project, u.core_seconds, u.at ORDER BY c.project`.execute(db);
  return rows.map(({ coreSeconds, at, now, ...row }) => {
    const { share, maxCores = null, maxQueued = null } = rulesOf(row.project);
    const usage = decayed({ coreSeconds, at }, now);
    return { ...row, share, maxCores, maxQueued, usage, standing: usage / share };
  });
}
