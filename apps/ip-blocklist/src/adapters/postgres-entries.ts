import type { Entry } from '@groundwork/contracts';
import { forgetOldKeys, inTransaction, once } from '@groundwork/database';
import { sql, type Kysely, type Selectable, type Transaction, type UpdateObject } from 'kysely';
import { endsOf } from '../domain/subject.ts';
import type { Entries, EntryFilter, ListedRange, Said, SaidResult } from '../ports/entries.ts';
import { createAuditTrail } from './audit-trail.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import { newId } from './ids.ts';
import type { Tables } from './tables.ts';

type Row = Selectable<Tables['entries']>;

/** Entries ended in one statement, so that a feed that expires as a whole does not run into its time limit. */
const EXPIRE = 5_000;
/** Rows fetched at a time from a long list. */
const FETCH = 5_000;
/** More changes than this are not looked at one by one. */
const MOST_CHANGES = 5_000;

const IN_FORCE = sql`ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;
const LISTED = sql`action, host(lower(range)) AS first, host(upper(range)) AS last, forced, confidence`;

export function createPostgresEntries(db: Kysely<Tables>): Entries {
  const trail = createAuditTrail(db);
  return {
    say: (said, by) => inTransaction(db, (tx) => insertEntries(tx, said, by)),

    load: (said, by) =>
      inTransaction(db, async (tx) => {
        const { rows } = await sql<{ created: number; renewed: number }>`
          ${written(said, by)}
          SELECT count(*) FILTER (WHERE created) AS created, count(*) FILTER (WHERE NOT created) AS renewed
          FROM written`.execute(tx);
        return rows[0]!;
      }),

    sayOnce: (said, by, key) =>
      inTransaction(db, async (tx) => {
        const { answer, repeated } = await once(tx, key, async () => {
          const [result] = await insertEntries(tx, [said], by);
          if (result === undefined) throw new Error('nothing was written');
          return result;
        });
        return repeated ? { ...answer, created: false } : answer;
      }),

    async get(id) {
      const row = await db.selectFrom('entries').selectAll().where('id', '=', id).executeTakeFirst();
      return row && entryOf(row);
    },

    async list(filter, after, limit) {
      const rows = await filtered(db, filter, after)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(entryOf),
        next: rows.length > limit && last !== undefined ? cursorOf(last) : undefined,
      };
    },

    renew: (id, { ttlSeconds, reason }, by) =>
      change(db, id, 'entry.renewed', by, {
        updated_at: sql<Date>`now()`,
        ...(reason === undefined ? {} : { reason }),
        ...(ttlSeconds === undefined
          ? {}
          : { expires_at: ttlSeconds === null ? null : inSeconds(ttlSeconds) }),
      }),

    endSaid: ({ action, subject, source }, by) =>
      inTransaction(db, async (tx) => {
        const { rows } = await sql<{ count: number }>`
          WITH ended AS (
            UPDATE entries SET ended_at = now()
            WHERE action = ${action} AND subject = ${subject.text} AND ${IN_FORCE}
              ${source === undefined ? sql`` : sql`AND source = ${source}`}
            RETURNING id, subject, action, source
          ), audited AS (
            INSERT INTO audit (actor, what, entry_id, detail)
            SELECT ${by}, 'entry.ended', id,
              jsonb_build_object('subject', subject, 'action', action, 'source', source) FROM ended
          )
          SELECT count(*) FROM ended`.execute(tx);
        return rows[0]?.count ?? 0;
      }),

    end: (id, by) => change(db, id, 'entry.ended', by, { ended_at: sql<Date>`now()` }),

    async expire() {
      const { rows } = await sql<{ count: number }>`
        WITH ended AS (
          UPDATE entries SET ended_at = expires_at WHERE id IN (
            SELECT id FROM entries WHERE ended_at IS NULL AND expires_at <= now()
            ORDER BY expires_at LIMIT ${EXPIRE} FOR UPDATE SKIP LOCKED
          ) RETURNING id, subject, action, source
        ), audited AS (
          INSERT INTO audit (actor, what, entry_id, detail)
          SELECT 'expiry', 'entry.expired', id,
            jsonb_build_object('subject', subject, 'action', action, 'source', source) FROM ended
        )
        SELECT count(*) FROM ended`.execute(db);
      return rows[0]?.count ?? 0;
    },

    forgetKeys: () => inTransaction(db, forgetOldKeys),

    async audit({ entry: entryId, target }, after, limit) {
      let query = db
        .selectFrom('audit')
        .select(['seq', 'at', 'actor', 'what', 'entry_id', 'target', 'detail'])
        .where('seq', '>', after)
        .where('seq', '<=', await trail.settled());
      if (entryId !== undefined) query = query.where('entry_id', '=', entryId);
      if (target !== undefined) query = query.where('target', '=', target);
      const rows = await query.orderBy('seq').limit(limit).execute();
      return rows.map(({ entry_id: entry, at, ...rest }) => ({
        ...rest,
        entryId: entry,
        at: at.toISOString(),
      }));
    },

    async snapshot() {
      const { rows } = await sql<{
        snapshot: string;
      }>`SELECT pg_current_snapshot()::text AS snapshot`.execute(db);
      return rows[0]!.snapshot;
    },

    async changesSince(snapshot) {
      const { rows } = await sql<{
        snapshot: string;
        first: string | null;
        last: string;
        country: string | null;
      }>`
        SELECT now.snapshot::text, host(lower(range)) AS first, host(upper(range)) AS last, country
        FROM (SELECT pg_current_snapshot() AS snapshot) now LEFT JOIN entries
          ON changed_in >= pg_snapshot_xmin(${snapshot}::pg_snapshot)
          AND NOT pg_visible_in_snapshot(changed_in, ${snapshot}::pg_snapshot)
        LIMIT ${MOST_CHANGES + 1}`.execute(db);
      const ranges = rows.flatMap(({ first, last }) => (first === null ? [] : [{ first, last }]));
      return {
        snapshot: rows[0]!.snapshot,
        ranges: rows.length > MOST_CHANGES ? undefined : ranges,
        isCountryAmong: rows.some(({ country }) => country !== null),
      };
    },

    async *ranges(action) {
      // By address, so that pages follow each other whatever is added meanwhile.
      for (let after: { first: string; id: string } | undefined; ;) {
        const { rows } = await sql<ListedRange & { id: string }>`
          SELECT id, ${LISTED} FROM entries
          WHERE action = ${action} AND range IS NOT NULL AND ${IN_FORCE}
            ${after === undefined ? sql`` : sql`AND (lower(range), id) > (${after.first}::inet, ${after.id}::uuid)`}
          ORDER BY lower(range), id LIMIT ${FETCH}`.execute(db);
        yield rows;
        after = rows.at(-1);
        if (rows.length < FETCH) return;
      }
    },

    async overlapping(ranges) {
      // OFFSET keeps the planner from turning it into one join: with no statistics yet, as while the
      // first list is loaded, it takes the entries for few and compares each with each.
      const { rows } = await sql<ListedRange>`
        SELECT DISTINCT ON (id) found.* FROM unnest(
          ${ranges.map(({ first }) => first)}::inet[], ${ranges.map(({ last }) => last)}::inet[]
        ) AS asked (first, last) CROSS JOIN LATERAL (
          SELECT id, ${LISTED} FROM entries
          WHERE range && inetrange(asked.first, asked.last, '[]') AND ${IN_FORCE} OFFSET 0
        ) AS found ORDER BY id`.execute(db);
      return rows;
    },

    async countries(action) {
      const { rows } = await sql<{ country: string }>`
        SELECT DISTINCT country FROM entries
        WHERE action = ${action} AND country IS NOT NULL AND ${IN_FORCE} ORDER BY country`.execute(db);
      return rows.map(({ country }) => country);
    },
  };
}

/** Says all of it within somebody else's transaction. */
export async function insertEntries(
  tx: Transaction<Tables>,
  said: readonly Said[],
  by: string,
): Promise<SaidResult[]> {
  const { rows } = await sql<Row & { created: boolean; at: number }>`
    ${written(said, by)}
    SELECT written.*, said.at FROM written JOIN said USING (action, subject, source) ORDER BY said.at`.execute(
    tx,
  );
  return rows.map(({ created, at: _at, ...row }) => ({ entry: entryOf(row), created }));
}

/** Begins a statement that writes what is `said`, with its audit records; `written` is what became of it. */
export function written(said: readonly Said[], by: string) {
  const ends = said.map(({ subject }) => (subject.kind === 'range' ? endsOf(subject.range) : undefined));
  return sql`
    WITH said AS (
      SELECT * FROM unnest(
        ${said.map(newId)}::uuid[], ${said.map(({ action }) => action)}::text[],
        ${ends.map((one) => one?.first ?? null)}::inet[], ${ends.map((one) => one?.last ?? null)}::inet[],
        ${said.map(({ subject }) => (subject.kind === 'country' ? subject.text : null))}::text[],
        ${said.map(({ subject }) => subject.text)}::text[], ${said.map(({ reason }) => reason)}::text[],
        ${said.map(({ source }) => source)}::text[], ${said.map(({ confidence }) => confidence)}::int[],
        ${said.map(({ ttlSeconds }) => ttlSeconds ?? null)}::float8[], ${said.map(({ forced }) => forced)}::bool[]
      ) WITH ORDINALITY AS t (id, action, first, last, country, subject, reason, source, confidence, ttl, forced, at)
    ), written AS (
      INSERT INTO entries (id, action, range, country, subject, reason, source, confidence, created_by, expires_at, forced)
      SELECT id, action, CASE WHEN first IS NOT NULL THEN inetrange(first, last, '[]') END, country, subject,
        reason, source, confidence, ${by}, now() + make_interval(secs => ttl), forced
      FROM said
      -- In the order of the indexes, each page is visited once; and two loads of the same do not lock crosswise.
      ORDER BY action, subject, source
      ON CONFLICT (action, subject, source) WHERE ended_at IS NULL DO UPDATE SET
        reason = excluded.reason, confidence = excluded.confidence, forced = excluded.forced,
        expires_at = excluded.expires_at, updated_at = now()
      RETURNING *, xmax = 0 AS created
    ), audited AS (
      INSERT INTO audit (actor, what, entry_id, detail)
      SELECT ${by}, CASE WHEN created THEN 'entry.created' ELSE 'entry.renewed' END, id,
        jsonb_build_object('subject', subject, 'action', action, 'source', source, 'reason', reason,
          'expiresAt', expires_at, 'forced', forced)
      FROM written
    )`;
}

async function change(
  db: Kysely<Tables>,
  id: string,
  what: string,
  by: string,
  values: UpdateObject<Tables, 'entries'>,
): Promise<Entry | undefined> {
  return inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable('entries')
      .set(values)
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const entry = entryOf(row);
    const detail = JSON.stringify({
      subject: entry.subject,
      reason: entry.reason,
      expiresAt: entry.expiresAt,
    });
    await tx.insertInto('audit').values({ actor: by, what, entry_id: id, target: null, detail }).execute();
    return entry;
  });
}

function filtered(
  db: Kysely<Tables>,
  { action, source, covers, country, state }: EntryFilter,
  after: string | undefined,
) {
  let query = db.selectFrom('entries').selectAll();
  if (action !== undefined) query = query.where('action', '=', action);
  if (source !== undefined) query = query.where('source', '=', source);
  if (covers !== undefined) {
    query = query.where(
      country === undefined
        ? sql<boolean>`range @> ${covers}::inet`
        : sql<boolean>`(range @> ${covers}::inet OR country = ${country})`,
    );
  }
  if (state === 'active') {
    query = query
      .where('ended_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]));
  }
  if (state === 'ended') {
    query = query.where((eb) =>
      eb.or([eb('ended_at', 'is not', null), eb('expires_at', '<=', sql<Date>`now()`)]),
    );
  }
  const from = after === undefined ? undefined : parseCursor(after);
  if (from !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${from.createdAt}::timestamptz, ${from.id}::uuid)`);
  }
  return query;
}

function inSeconds(seconds: number) {
  return sql<Date>`now() + make_interval(secs => ${seconds})`;
}

function entryOf(row: Row): Entry {
  // One whose time is up has ended, also in the moment before somebody has written that down.
  const expired = row.expires_at !== null && row.expires_at.getTime() <= Date.now() ? row.expires_at : null;
  return {
    id: row.id,
    action: row.action,
    subject: row.subject,
    reason: row.reason,
    source: row.source,
    confidence: row.confidence,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    endedAt: (row.ended_at ?? expired)?.toISOString() ?? null,
  };
}
