import { inTransaction } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Said } from '../../ports/entries.ts';
import { ReadBySomebodyElse, type LogRef, type TakenLogs } from '../../ports/logs.ts';
import { insertEntries } from '../postgres-entries.ts';
import type { Tables } from '../tables.ts';

/** SQS keeps a message for 14 days at most; after that nothing of a log can come again. */
const FORGET = '15 days';

export function createPostgresLogs(db: Kysely<Tables>): TakenLogs {
  return {
    async progress(ref) {
      const row = await db
        .selectFrom('logs_taken')
        .select(['records', 'done'])
        .where('object', '=', nameOf(ref))
        .executeTakeFirst();
      return { records: row?.records ?? 0, isDone: row?.done ?? false };
    },

    count: (ref, { from, to, isDone }, hits, judge) =>
      inTransaction(db, async (tx) => {
        const object = nameOf(ref);
        // Who comes second finds another number, and waits for the first to commit before he does.
        const { rows: moved } = await sql`
          INSERT INTO logs_taken (object, records, done) VALUES (${object}, ${to}, ${isDone})
          ON CONFLICT (object) DO UPDATE SET records = excluded.records, done = excluded.done, at = now()
            WHERE logs_taken.records = ${from} AND NOT logs_taken.done
          RETURNING object`.execute(tx);
        if (moved.length === 0) throw new ReadBySomebodyElse(`${object} is not read up to ${from} any more`);
        const { rows } = await sql<{
          rule: string;
          client: string;
          since: number;
          count: number;
          added: number;
        }>`
          INSERT INTO hits (rule, client, since, count)
          SELECT rule, client, to_timestamp(since / 1000.0), count FROM unnest(
            ${hits.map(({ rule }) => rule)}::text[], ${hits.map(({ client }) => client)}::inet[],
            ${hits.map(({ since }) => since)}::float8[], ${hits.map(({ count }) => count)}::bigint[]
          ) AS t (rule, client, since, count)
          -- In one order, so that two readers do not lock crosswise.
          ORDER BY rule, client, since
          ON CONFLICT (rule, client, since) DO UPDATE SET count = hits.count + excluded.count, at = now()
          RETURNING rule, client::text, extract(epoch FROM since)::float8 * 1000 AS since, count`.execute(tx);
        const added = new Map(
          hits.map(({ rule, client, since, count }) => [`${rule} ${client} ${since}`, count]),
        );
        const judged = rows.flatMap(({ rule, client, since, count }) => {
          const bare = client.replace(/\/(32|128)$/, '');
          const before = count - (added.get(`${rule} ${bare} ${since}`) ?? 0);
          return judge({ rule, client: bare, since, count, before }) ?? [];
        });
        const said = await longestOf(
          tx,
          judged.flatMap((one) => one.said ?? []),
        );
        if (said.length > 0) await insertEntries(tx, said, `access log ${object}`.slice(0, 500));
        return judged;
      }),

    async forget() {
      await sql`DELETE FROM logs_taken WHERE at < now() - ${FORGET}::interval`.execute(db);
      // Windows end after a day at most, and logs come some minutes late.
      await sql`DELETE FROM hits WHERE at < now() - interval '3 days'`.execute(db);
    },
  };
}

/**
 * Of each client by each rule only what blocks him longest, and only if that is longer than what is
 * there: logs come in any order, and the last word would cut short what a later window has said.
 */
async function longestOf(tx: Transaction<Tables>, said: readonly Said[]): Promise<Said[]> {
  const longest = new Map<string, Said>();
  for (const one of said) {
    const other = longest.get(keyOf(one.subject.text, one.source));
    if (other === undefined || (one.ttlSeconds ?? 0) > (other.ttlSeconds ?? 0)) {
      longest.set(keyOf(one.subject.text, one.source), one);
    }
  }
  const all = [...longest.values()];
  const { rows } = await sql<{ subject: string; source: string }>`
    SELECT subject, source FROM entries JOIN unnest(
      ${all.map(({ subject }) => subject.text)}::text[], ${all.map(({ source }) => source)}::text[],
      ${all.map(({ ttlSeconds }) => ttlSeconds ?? 0)}::float8[]
    ) AS t (subject, source, ttl) USING (subject, source)
    WHERE action = 'block' AND ended_at IS NULL AND expires_at > now() + make_interval(secs => ttl)`.execute(
    tx,
  );
  for (const { subject, source } of rows) longest.delete(keyOf(subject, source));
  return [...longest.values()];
}

const keyOf = (subject: string, source: string): string => `${subject} ${source}`;

const nameOf = ({ bucket, key, state }: LogRef): string => `s3://${bucket}/${key}#${state}`;
