import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { sourceOf } from '../../domain/feeds/feed-file.ts';
import { readSubject } from '../../domain/subject.ts';
import type { FeedLedger, Held, Listed } from '../../ports/feeds.ts';
import type { Said } from '../../ports/entries.ts';
import { written } from '../postgres-entries.ts';
import type { Tables } from '../tables.ts';
import { auditFeed, createPostgresFeeds, ofFeed } from './postgres-feeds.ts';

/** Rows fetched at a time. */
const FETCH = 20_000;

/** What the holder of a lease writes. Every transaction begins by making sure that it still is. */
export function createPostgresFeedLedger(db: Kysely<Tables>, lease: Lease): FeedLedger {
  const fenced = <T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      return work(tx);
    });

  return {
    ...createPostgresFeeds(db),

    async held(name) {
      const held = new Map<string, Held>();
      for (let after = ''; ;) {
        const { rows } = await sql<Held & { subject: string }>`
          SELECT subject, confidence, expires_at IS NULL AS "isListed" FROM entries
          WHERE ${ofFeed(name)} AND action = 'block' AND subject > ${after}
            AND (expires_at IS NULL OR expires_at > now())
          ORDER BY subject LIMIT ${FETCH}`.execute(db);
        for (const { subject, confidence, isListed } of rows) held.set(subject, { confidence, isListed });
        if (rows.length < FETCH) return held;
        after = rows.at(-1)?.subject ?? after;
      }
    },

    async countListed(name) {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*) FROM entries
        WHERE ${ofFeed(name)} AND action = 'block' AND expires_at IS NULL`.execute(db);
      return rows[0]?.count ?? 0;
    },

    async takenByHand(name) {
      // No index has what has ended: this reads the whole table, and is asked only when something is missing.
      // What has left the list by itself had got its time to live, or had ended, before the copy was good.
      const { rows } = await sql<{ subject: string }>`
        SELECT DISTINCT subject FROM entries
        WHERE source = ${sourceOf(name)} AND action = 'block'
          AND CASE WHEN expires_at IS NULL THEN ended_at ELSE updated_at END
            > (SELECT last_good_at FROM feeds WHERE name = ${name})`.execute(db);
      return rows.map(({ subject }) => subject);
    },

    begin: (name, hash) =>
      fenced(async (tx) => {
        await tx
          .insertInto('feeds')
          .values({ name, applying: hash })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ applying: hash }))
          .execute();
      }),

    put: (name, listed) =>
      fenced(async (tx) => {
        const said = listed.map((one) => saidOf(name, one));
        await sql`${written(said, sourceOf(name))} SELECT 1 FROM written LIMIT 1`.execute(tx);
      }),

    leave: (name, subjects, ttlSeconds) =>
      fenced(async (tx) => {
        const end =
          ttlSeconds === 0
            ? sql`ended_at = now()`
            : sql`expires_at = now() + make_interval(secs => ${ttlSeconds})`;
        await sql`
          WITH left_list AS (
            UPDATE entries SET ${end}, updated_at = now()
            WHERE ${ofFeed(name)} AND action = 'block' AND subject = ANY(${subjects}::text[]) AND expires_at IS NULL
            RETURNING id, subject, reason, expires_at
          )
          INSERT INTO audit (actor, what, entry_id, detail)
          SELECT ${sourceOf(name)}, ${ttlSeconds === 0 ? 'entry.ended' : 'entry.renewed'}, id,
            jsonb_build_object('subject', subject, 'reason', reason, 'expiresAt', expires_at)
          FROM left_list`.execute(tx);
      }),

    record: (name, { verdict, nextRunAt, failures, requestedAt, good, audit }) =>
      fenced(async (tx) => {
        const isRefused = verdict.outcome === 'refused';
        const values = {
          verdict: JSON.stringify(verdict),
          last_run_at: new Date(verdict.at),
          next_run_at: nextRunAt,
          failures,
          ...(isRefused && verdict.hash !== null ? { refused: verdict.hash } : {}),
          ...(good === undefined
            ? {}
            : {
                etag: good.etag,
                last_modified: good.lastModified,
                hash: good.hash,
                rules: good.rules,
                // By the clock that entries have, which are compared with it.
                last_good_at: sql<Date>`clock_timestamp()`,
                entries: verdict.entries,
                addresses: JSON.stringify(verdict.addresses),
                left_out: JSON.stringify(verdict.leftOut),
                applying: null,
                refused: null,
                accepted: null,
                accepted_by: null,
              }),
        };
        await tx
          .insertInto('feeds')
          .values({ name, ...values })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
          .execute();
        // One that was made meanwhile is for the next run.
        await tx
          .updateTable('feeds')
          .set({ requested_at: null })
          .where('name', '=', name)
          .where('requested_at', '=', requestedAt)
          .execute();
        if (audit !== undefined) await auditFeed(tx, `epoch ${lease.epoch}`, audit.what, name, audit.detail);
      }),
  };
}

function saidOf(name: string, { subject: text, confidence }: Listed): Said {
  const read = readSubject({ cidr: text });
  if (!read.ok) throw new Error(`${text}: ${read.message}`);
  return {
    action: 'block',
    subject: read.subject,
    reason: `on the list of ${name}`,
    source: sourceOf(name),
    confidence,
    ttlSeconds: undefined,
    forced: false,
  };
}
