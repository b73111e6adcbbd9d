import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { randomUUID } from 'node:crypto';

/** One call to the CDN, recorded and not yet known to be done. */
export interface Batch {
  id: number;
  distribution: string;
  /** With it the same call gives the same invalidation. */
  callerReference: string;
  items: string[];
  requestedAt: Date[];
  /** The CDN's name for it; null: it may or may not have heard of it. */
  invalidation: string | null;
}

export type Fenced = <T>(work: (tx: Transaction<unknown>) => Promise<T>) => Promise<T>;

/** Transactions that only the leader makes. */
export function fencedBy(db: Kysely<unknown>, lease: Lease): Fenced {
  return (work) =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      return work(tx);
    });
}

export async function openBatches(db: Kysely<unknown>): Promise<Batch[]> {
  const { rows } = await sql<Batch>`
    SELECT id, distribution, caller_reference AS "callerReference", items, requested_at AS "requestedAt", invalidation
    FROM purge_batches WHERE completed_at IS NULL ORDER BY id`.execute(db);
  return rows;
}

export async function markSent(tx: Transaction<unknown>, { id }: Batch, invalidation: string, at: Date) {
  await sql`UPDATE purge_batches SET invalidation = ${invalidation}, sent_at = ${at} WHERE id = ${id}`.execute(
    tx,
  );
}

/** The CDN knows nothing of it: it is to be sent again. */
export async function markUnknown(tx: Transaction<unknown>, { id }: Batch) {
  await sql`UPDATE purge_batches SET invalidation = NULL, sent_at = NULL WHERE id = ${id}`.execute(tx);
}

export async function markCompleted(
  tx: Transaction<unknown>,
  { id }: Batch,
  by: { at: Date; holder: string; isRefused?: boolean },
) {
  await sql`
    UPDATE purge_batches
    SET completed_at = ${by.at}, completed_by = ${by.holder}, is_refused = ${by.isRefused ?? false}
    WHERE id = ${id}`.execute(tx);
}

export async function markFailed(tx: Transaction<unknown>, { id }: Batch, message: string, at: Date) {
  await sql`UPDATE purge_batches SET last_error = ${message}, failed_at = ${at} WHERE id = ${id}`.execute(tx);
}

/**
 * A batch that was refused for what is in it had no effect: its halves are sent instead, until what is wrong is
 * alone. The first half takes the place of the whole.
 */
export async function split(tx: Transaction<unknown>, { id, items }: Batch) {
  const half = Math.ceil(items.length / 2);
  await sql`
    INSERT INTO purge_batches (distribution, caller_reference, items, requested_at, recorded_at, recorded_by)
    SELECT distribution, ${randomUUID()}, items[${half + 1}::int:], requested_at[${half + 1}::int:], recorded_at, recorded_by
    FROM purge_batches WHERE id = ${id}`.execute(tx);
  await sql`
    UPDATE purge_batches SET caller_reference = ${randomUUID()},
      items = items[:${half}::int], requested_at = requested_at[:${half}::int]
    WHERE id = ${id}`.execute(tx);
}
