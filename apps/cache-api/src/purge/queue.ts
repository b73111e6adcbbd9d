import { inTransaction } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';
import { canonical, collectionOf, type PurgeItem } from './items.ts';
import { leftOf, monthOf } from './month.ts';

export interface PurgeStatus {
  /** Items that will be sent, and that are sent but not known to be forgotten everywhere. */
  waiting: number;
  inFlight: number;
  spentThisMonth: number;
  budgetPerMonth: number;
  /** Items that are not sent because the budget is used up: the CDN keeps them for their TTL. */
  leftToTtl: number;
  lastError: { at: string; message: string } | undefined;
  lastCompletedAt: string | undefined;
}

/** Resolves when all of it is in the database, each once, however often it was asked for. */
export async function enqueue(db: Kysely<unknown>, items: readonly PurgeItem[], at: Date): Promise<void> {
  const counts = new Map<string, number>();
  for (const item of items.map(canonical)) counts.set(item, (counts.get(item) ?? 0) + 1);
  if (counts.size === 0) return;
  // In one order, so that two of these do not wait for each other.
  const names = [...counts.keys()].toSorted();
  await inTransaction(db, (tx) =>
    sql`
      INSERT INTO purges (item, collection, requested_at, last_requested_at, requests)
      SELECT item, collection, ${at}, ${at}, requests FROM unnest(
        ${names}::text[],
        ${names.map((item) => collectionOf(item) ?? null)}::text[],
        ${names.map((item) => counts.get(item))}::bigint[]
      ) AS wanted (item, collection, requests)
      ON CONFLICT (item) DO UPDATE SET
        last_requested_at = excluded.last_requested_at,
        requests = purges.requests + excluded.requests`.execute(tx),
  );
}

export async function readStatus(
  db: Kysely<unknown>,
  { budget, at }: { budget: number; at: Date },
): Promise<PurgeStatus> {
  const { rows } = await sql<{
    waiting: number;
    left: number;
    inFlight: number;
    spent: number;
    completedAt: Date | null;
    error: { at: string; message: string } | null;
  }>`
    SELECT
      (SELECT count(*) FROM purges WHERE left_at IS NULL) AS waiting,
      (SELECT count(*) FROM purges WHERE left_at IS NOT NULL) AS left,
      (SELECT coalesce(sum(cardinality(items)), 0) FROM purge_batches WHERE completed_at IS NULL)
        AS "inFlight",
      coalesce((SELECT items FROM purge_months WHERE month = ${monthOf(at)}::date), 0) AS spent,
      (SELECT max(completed_at) FROM purge_batches WHERE NOT is_refused) AS "completedAt",
      (SELECT jsonb_build_object('at', failed_at, 'message', last_error) FROM purge_batches
        WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT 1) AS error`.execute(db);
  const { waiting = 0, left = 0, inFlight = 0, spent = 0, completedAt = null, error = null } = rows[0] ?? {};
  return {
    waiting,
    inFlight,
    spentThisMonth: spent,
    budgetPerMonth: budget,
    leftToTtl: left,
    lastError: error === null ? undefined : { ...error, at: new Date(error.at).toISOString() },
    lastCompletedAt: completedAt?.toISOString(),
  };
}

export const budgetLeft = ({ budgetPerMonth, spentThisMonth }: PurgeStatus): number =>
  leftOf(budgetPerMonth, spentThisMonth);
