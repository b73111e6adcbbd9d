import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * In a database restored from a dump, numbers of transactions are those of another server. One that
 * is yet to come here would look like a change that nobody has seen, again and again.
 */
export async function healSnapshots(db: Kysely<Tables>): Promise<void> {
  const next = sql`pg_snapshot_xmax(pg_current_snapshot())`;
  // By index: normally there is nothing to do.
  const { rows } = await sql<{ isForeign: boolean | null }>`
    SELECT max(changed_in) >= ${next} AS "isForeign" FROM entries`.execute(db);
  if (rows[0]?.isForeign !== true) return;
  await sql`UPDATE entries SET changed_in = pg_current_xact_id() WHERE changed_in >= ${next}`.execute(db);
  await sql`UPDATE targets SET reached = NULL WHERE pg_snapshot_xmax(reached) > ${next}`.execute(db);
}
