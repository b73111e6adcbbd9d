import { inTransaction } from '@groundwork/database';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { sourceOf } from '../../domain/feeds/feed-file.ts';
import type { Feeds, FeedState } from '../../ports/feeds.ts';
import type { Tables } from '../tables.ts';

/** Entries ended in one transaction. */
const BATCH = 5_000;

/** What everybody may see of feeds, and ask of whoever leads. */
export function createPostgresFeeds(db: Kysely<Tables>): Feeds {
  return {
    async states() {
      const rows = await db.selectFrom('feeds').selectAll().orderBy('name').execute();
      return rows.map(stateOf);
    },

    async state(name) {
      const row = await db.selectFrom('feeds').selectAll().where('name', '=', name).executeTakeFirst();
      return row && stateOf(row);
    },

    async request(name) {
      await sql`
        INSERT INTO feeds (name, requested_at) VALUES (${name}, clock_timestamp())
        ON CONFLICT (name) DO UPDATE SET requested_at = excluded.requested_at`.execute(db);
    },

    accept: (name, hash, by) =>
      inTransaction(db, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('feeds')
          .set({ accepted: hash, accepted_by: by })
          .where('name', '=', name)
          .where('refused', '=', hash)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await auditFeed(tx, by, 'feed.accepted', name, { hash });
        return true;
      }),

    async drop(name, by) {
      let ended = 0;
      for (;;) {
        const count = await inTransaction(db, (tx) => endSome(tx, name, by));
        ended += count;
        if (count < BATCH) break;
      }
      await db.deleteFrom('feeds').where('name', '=', name).execute();
      return ended;
    },
  };
}

export async function auditFeed(
  tx: Transaction<Tables>,
  actor: string,
  what: string,
  feed: string,
  detail: object,
): Promise<void> {
  const json = JSON.stringify({ feed, ...detail });
  await tx.insertInto('audit').values({ actor, what, entry_id: null, target: null, detail: json }).execute();
}

/** Whether an entry is one of a feed, in the words of the index entries_of_feed. */
export function ofFeed(name: string) {
  return sql`source = ${sourceOf(name)} AND source LIKE 'feed:%' AND ended_at IS NULL`;
}

async function endSome(tx: Transaction<Tables>, name: string, by: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    WITH ended AS (
      UPDATE entries SET ended_at = now(), updated_at = now() WHERE id IN (
        SELECT id FROM entries WHERE ${ofFeed(name)} ORDER BY subject LIMIT ${BATCH} FOR UPDATE
      ) RETURNING id, subject, reason, expires_at
    ), audited AS (
      INSERT INTO audit (actor, what, entry_id, detail)
      SELECT ${by}, 'entry.ended', id,
        jsonb_build_object('subject', subject, 'reason', reason, 'expiresAt', expires_at)
      FROM ended
    )
    SELECT count(*) FROM ended`.execute(tx);
  return rows[0]?.count ?? 0;
}

function stateOf(row: Selectable<Tables['feeds']>): FeedState {
  return {
    name: row.name,
    etag: row.etag,
    lastModified: row.last_modified,
    hash: row.hash,
    rules: row.rules,
    lastGoodAt: row.last_good_at,
    entries: row.entries,
    addresses: row.addresses as FeedState['addresses'],
    leftOut: row.left_out as FeedState['leftOut'],
    applying: row.applying,
    verdict: row.verdict as FeedState['verdict'],
    lastRunAt: row.last_run_at,
    nextRunAt: row.next_run_at,
    failures: row.failures,
    refused: row.refused,
    accepted: row.accepted,
    acceptedBy: row.accepted_by,
    requestedAt: row.requested_at,
  };
}
