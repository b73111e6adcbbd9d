import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';

/** How long to wait between two looks, in ms: doubled from one to the other. Nearly always the first look suffices. */
const FIRST_MS = 1;
const LONGEST_MS = 100;

/**
 * Waits until every session of the primary sees what these transactions did.
 *
 * A commit is in the log, and decoded, before it is visible: by microseconds usually, but by as
 * long as a synchronous standby takes to answer where `synchronous_standby_names` is set. Who
 * invalidates in between lets a load that begins right after read the old row and keep it.
 *
 * The log names transactions by the lower 32 bits of their number. The whole number is the one
 * nearest to the newest that the snapshot knows: Postgres never lets two numbers that it still
 * has to tell apart be 2^31 or more away from each other
 * (https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND).
 */
export async function untilVisible(pool: Pool, xids: readonly number[], signal: AbortSignal): Promise<void> {
  if (xids.length === 0) return;
  const looks = `
    WITH now AS (SELECT pg_current_snapshot() AS snapshot),
         newest AS (SELECT snapshot, pg_snapshot_xmax(snapshot)::text::bigint AS xmax FROM now)
    SELECT bool_and(pg_visible_in_snapshot(
      (xmax + ((xid - (xmax & 4294967295) + 2147483648) & 4294967295) - 2147483648)::text::xid8, snapshot
    )) AS visible
    FROM newest, unnest($1::bigint[]) AS xid`;
  await poll(
    async () => (await pool.query<{ visible: boolean | null }>(looks, [xids])).rows[0]?.visible !== false,
    signal,
  );
}

/** A mark in the sequence of transactions: the number of one that is newer than all that run now. */
export async function markNow(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  return rows[0]?.xid as string;
}

/** Whether all transactions that ran when the mark was made have ended, visibly. */
export async function isPast(pool: Pool, mark: string): Promise<boolean> {
  const { rows } = await pool.query<{ past: boolean }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 AS past',
    [mark],
  );
  return rows[0]?.past === true;
}

export async function untilPast(pool: Pool, mark: string, signal: AbortSignal): Promise<void> {
  await poll(() => isPast(pool, mark), signal);
}

/** Rejects when the signal aborts. */
async function poll(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, LONGEST_MS)) {
    signal.throwIfAborted();
    if (await look()) return;
    await delay(pause, undefined, { signal });
  }
}
