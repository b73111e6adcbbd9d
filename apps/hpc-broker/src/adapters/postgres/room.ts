import { sql, type Kysely } from 'kysely';

/** Elements that wait to be started, by project; each part from the index that holds only those. */
export async function readWaiting(db: Kysely<unknown>): Promise<Map<string, number>> {
  const { rows } = await sql<{ project: string; count: number }>`
    SELECT project, count(*)::integer AS count FROM (
      SELECT project FROM elements WHERE state = 'pending'
      UNION ALL
      SELECT project FROM elements WHERE state = 'ready') AS waiting
    GROUP BY project`.execute(db);
  return new Map(rows.map(({ project, count }) => [project, count]));
}
