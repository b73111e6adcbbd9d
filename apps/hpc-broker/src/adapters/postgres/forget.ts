import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';

const JOBS_AT_ONCE = 500;

/** Jobs that ended long ago go, with elements, attempts, events and output. How many; more may be left. */
export function forgetJobs(db: Kysely<unknown>, lease: Lease, days: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    await requireLease(tx, lease);
    const { rows } = await sql<{ id: string }>`
      DELETE FROM jobs WHERE id IN (
        SELECT id FROM jobs WHERE ended_at < now() - make_interval(days => ${days}) ORDER BY ended_at LIMIT ${JOBS_AT_ONCE})
      RETURNING id`.execute(tx);
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await sql`DELETE FROM events WHERE job = ANY(${ids}::uuid[])`.execute(tx);
    return ids.length;
  });
}

/** Plans that no job has any more: none was submitted with them since before the oldest that are kept. */
export async function forgetPlans(db: Kysely<unknown>, days: number): Promise<void> {
  await sql`
    DELETE FROM plans WHERE used_at < now() - make_interval(days => ${days + 1})
      AND shape NOT IN (SELECT plan FROM jobs WHERE ended_at IS NULL AND plan IS NOT NULL)
      AND shape NOT IN (SELECT plan FROM attempts WHERE state <> 'ended' AND plan IS NOT NULL)`.execute(db);
}
