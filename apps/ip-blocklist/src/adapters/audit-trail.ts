import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

export interface AuditTrail {
  /** Seq of a record up to which all are there: none with a smaller one can come any more. */
  settled(): Promise<number>;
}

/** All transactions that were under way when a record was the last one have ids below `before`. */
interface Horizon {
  seq: number;
  before: bigint;
}

/**
 * Records are numbered when they are written and seen when their transaction has committed, which may be in
 * another order; nor are transactions numbered in the order in which they write. So the last record that is
 * seen is kept with a transaction id that was given after that, and counts as settled once all with smaller
 * ids have ended: who writes later gets a larger number (see the trigger of the table `audit`). Where nothing
 * is under way, that is at once.
 *
 * A transaction that stays open anywhere on the server, and has written something, holds this up. The upper
 * end of a snapshot would not do for the id: it is that of the last transaction that has *ended*.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS
 */
export function createAuditTrail(db: Kysely<Tables>): AuditTrail {
  let settled = 0;
  let waiting: Horizon | undefined;

  async function look(): Promise<Horizon | undefined> {
    // An id is used up only where there is something new.
    const { rows } = await sql<{ seq: number; before: string | null }>`
      SELECT last.seq, CASE WHEN last.seq > ${settled} THEN pg_current_xact_id()::text END AS before
      FROM (SELECT coalesce(max(seq), 0) AS seq FROM audit) AS last`.execute(db);
    const { seq, before } = rows[0]!;
    return before === null ? undefined : { seq, before: BigInt(before) };
  }

  return {
    async settled() {
      // Several may ask at the same time: each goes on with the one that it has found.
      const horizon = waiting ?? (await look());
      if (horizon === undefined) return settled;
      waiting ??= horizon;
      const { rows } = await sql<{ oldest: string }>`
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest`.execute(db);
      if (BigInt(rows[0]!.oldest) >= horizon.before) {
        settled = Math.max(settled, horizon.seq);
        if (waiting === horizon) waiting = undefined;
      }
      return settled;
    },
  };
}
