import type { JobEvent } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { Trail } from '../../ports/trail.ts';

/** All transactions that were under way when an event was the last one have ids below `before`. */
interface Horizon {
  seq: number;
  before: bigint;
}

/**
 * Events are numbered when they are written and seen when their transaction has committed, which may be in
 * another order; nor are transactions numbered in the order in which they write. So the last event that is
 * seen is kept with a transaction id that was given after that, and counts as settled once all with smaller
 * ids have ended: who writes later gets a larger number (see the trigger of the table `events`).
 *
 * A transaction that stays open anywhere on the server, and has written something, holds this up. The upper
 * end of a snapshot would not do for the id: it is that of the last transaction that has *ended*.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS
 */
export function createTrail(db: Kysely<unknown>): Trail {
  let settled = 0;
  let waiting: Horizon | undefined;

  async function horizon(): Promise<Horizon | undefined> {
    // An id is used up only where there is something new.
    const { rows } = await sql<{ seq: number; before: string | null }>`
      SELECT last.seq, CASE WHEN last.seq > ${settled} THEN pg_current_xact_id()::text END AS before
      FROM (SELECT coalesce(max(seq), 0) AS seq FROM events) AS last`.execute(db);
    const { seq, before } = rows[0]!;
    return before === null ? undefined : { seq, before: BigInt(before) };
  }

  return {
    async settled() {
      waiting ??= await horizon();
      if (waiting === undefined) return settled;
      const { rows } = await sql<{ oldest: string }>`
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest`.execute(db);
      if (BigInt(rows[0]!.oldest) >= waiting.before) {
        settled = waiting.seq;
        waiting = undefined;
      }
      return settled;
    },

    async read(after, upTo, limit) {
      const { rows } = await sql<Omit<JobEvent, 'at'> & { at: Date }>`
        SELECT seq, at, job, project, what, element, detail FROM events
        WHERE seq > ${after} AND seq <= ${upTo} ORDER BY seq LIMIT ${limit}`.execute(db);
      return rows.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() }));
    },
  };
}
