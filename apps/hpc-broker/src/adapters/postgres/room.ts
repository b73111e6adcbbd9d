import { sql, type Kysely } from 'kysely';

/** Elements that wait to be started, by project; from the index that holds only those. */
export async function readWaiting(db: Kysely<unknown>): Promise<Map<string, number>> {
  const { rows } = await sql<{ project: string; count: number }>`
    SELECT project, count(*)::integer AS count FROM elements
    WHERE state IN ('pending', 'ready') GROUP BY project`.execute(db);
  return new Map(rows.map(({ project, count }) => [project, count]));
}
