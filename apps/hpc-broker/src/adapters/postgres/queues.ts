import { sql, type Kysely } from 'kysely';
import { decayed } from '../../domain/sharing/usage.ts';
import type { ProjectRules } from '../../domain/sharing/project-file.ts';
import type { Candidate, Project } from '../../domain/sharing/choose.ts';
import type { ReadyQueues } from '../../ports/ledger.ts';

interface Row extends Omit<Candidate, 'gangTimeoutMs'> {
  gangTimeoutSeconds: number | null;
}

/** The best of each project, as many as could be placed at most. What it costs grows with that, not with the queues. */
export async function readyQueues(
  db: Kysely<unknown>,
  engine: string,
  limit: number,
  rulesOf: (project: string) => ProjectRules,
): Promise<ReadyQueues> {
  const { rows } = await sql<Row>`
    WITH RECURSIVE projects AS (
      (SELECT project FROM elements WHERE state = 'ready' AND engine = ${engine} ORDER BY project LIMIT 1)
      UNION ALL
      SELECT (SELECT e.project FROM elements e
        WHERE e.state = 'ready' AND e.engine = ${engine} AND e.project > p.project ORDER BY e.project LIMIT 1)
      FROM projects p WHERE p.project IS NOT NULL)
    SELECT best.job, best.element, best.project, best.cores, best.memory_mib AS "memoryMiB", best.gpus, best.seconds,
      (SELECT (j.spec->'mpi'->>'gangTimeoutSeconds')::integer FROM jobs j WHERE j.id = best.job) AS "gangTimeoutSeconds"
    FROM projects p CROSS JOIN LATERAL (
      SELECT * FROM elements e
      WHERE e.state = 'ready' AND e.engine = ${engine} AND e.project = p.project
      ORDER BY e.priority DESC, e.job, e.element LIMIT ${limit}) AS best
    WHERE p.project IS NOT NULL`.execute(db);
  const queues = new Map<string, Candidate[]>();
  for (const { gangTimeoutSeconds, ...row } of rows) {
    const candidate = {
      ...row,
      gangTimeoutMs: gangTimeoutSeconds === null ? undefined : gangTimeoutSeconds * 1_000,
    };
    const queue = queues.get(row.project);
    if (queue === undefined) queues.set(row.project, [candidate]);
    else queue.push(candidate);
  }
  return { queues, projects: await projectsOf(db, [...queues.keys()], rulesOf) };
}

async function projectsOf(
  db: Kysely<unknown>,
  names: readonly string[],
  rulesOf: (project: string) => ProjectRules,
): Promise<Map<string, Project>> {
  if (names.length === 0) return new Map();
  const { rows } = await sql<{ name: string; coreSeconds: number; at: Date; now: Date; cores: number }>`
    SELECT n.name, coalesce(u.core_seconds, 0) AS "coreSeconds", coalesce(u.at, now()) AS at, now() AS now,
      coalesce((SELECT sum(e.cores) FROM elements e
        WHERE e.project = n.name AND e.state IN ('submitted', 'running')), 0)::integer AS cores
    FROM unnest(${names}::text[]) AS n(name) LEFT JOIN usage u ON u.project = n.name`.execute(db);
  return new Map(
    rows.map(({ name, cores, now, ...usage }) => {
      const { share, maxCores } = rulesOf(name);
      return [name, { name, share, maxCores, usage: decayed(usage, now), runningCores: cores }];
    }),
  );
}
