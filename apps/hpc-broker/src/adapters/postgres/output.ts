import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';
import { attemptName, type AttemptId } from '../../domain/jobs/attempt-name.ts';
import { DEFAULT_KEEP_BYTES, HEAD_BYTES, ROW_BYTES } from '../../output/kept.ts';
import type { Stream } from '../../ports/engine.ts';
import type { OutputLog, OutputReader, Shipped } from '../../ports/output.ts';

/** Of one read: what wrote a word every 300 ms has many small rows. */
const ROWS_AT_ONCE = 256;

export interface OutputLogOptions {
  db: Kysely<unknown>;
  /** Of the engine whose attempts they are. */
  lease: Lease;
  keepBytes?: number | undefined;
}

export function createOutputLog({ db, lease, keepBytes = DEFAULT_KEEP_BYTES }: OutputLogOptions): OutputLog {
  return {
    async shipped(attempts) {
      const names = JSON.stringify(attempts.map(({ job, element, number }) => ({ job, element, number })));
      const { rows } = await sql<AttemptId & { stream: Stream; next: number }>`
        SELECT job, element, number, stream, max("from" + length(bytes)) AS next
        FROM jsonb_to_recordset(${names}::jsonb) AS a(job uuid, element integer, number integer)
        JOIN output USING (job, element, number) GROUP BY job, element, number, stream`.execute(db);
      const shipped = new Map<string, Shipped>();
      for (const { stream, next, ...attempt } of rows) {
        const name = attemptName(attempt);
        shipped.set(name, { stdout: 0, stderr: 0, ...shipped.get(name), [stream]: next });
      }
      return shipped;
    },

    async append(pieces) {
      let at = 1;
      // In the order in which whoever writes their ends locks attempts, see results.ts.
      const sorted = pieces.toSorted((a, b) => compare(a.job, b.job) || a.element - b.element);
      const rows = sorted.map(({ bytes, ...piece }) => {
        const row = { ...piece, at, length: bytes.length };
        at += bytes.length;
        return row;
      });
      // All bytes in one parameter, which goes over the wire as it is: each in its own would go as hexadecimal text.
      const all = Buffer.concat(sorted.map(({ bytes }) => bytes));
      await inTransaction(db, async (tx) => {
        await requireLease(tx, lease);
        await sql`
          WITH new AS (
            SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
              AS p(job uuid, element integer, number integer, stream text, "from" bigint, at integer, length integer)),
          dropped AS (
            DELETE FROM output o USING (
              SELECT job, element, number, stream, max("from" + length) - ${keepBytes}::bigint AS before
              FROM new GROUP BY job, element, number, stream) AS grown
            WHERE o.job = grown.job AND o.element = grown.element AND o.number = grown.number AND o.stream = grown.stream
              AND o."from" >= ${HEAD_BYTES} AND o."from" < grown.before AND o."from" + length(o.bytes) <= grown.before)
          INSERT INTO output (job, element, number, stream, "from", bytes)
          SELECT job, element, number, stream, n."from", substring(${all}::bytea FROM n.at FOR n.length)
          FROM new n JOIN attempts USING (job, element, number) ORDER BY n.at
          ON CONFLICT DO NOTHING`.execute(tx);
      });
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function createOutputReader(db: Kysely<unknown>): OutputReader {
  return {
    async read({ job, element, number }, stream, from, maxBytes) {
      const ofStream = sql`o.job = a.job AND o.element = a.element AND o.number = a.number AND o.stream = ${stream}`;
      // One statement, so that what is seen to have ended is seen with all that was shipped before.
      const { rows } = await sql<{
        isComplete: boolean;
        end: number;
        from: number | null;
        bytes: Buffer | null;
      }>`
        SELECT a.state = 'ended' AS "isComplete", coalesce(last."end", 0) AS "end", rows."from", rows.bytes
        FROM attempts a
        LEFT JOIN LATERAL (
          SELECT o."from" + length(o.bytes) AS "end" FROM output o WHERE ${ofStream}
          ORDER BY o."from" DESC LIMIT 1) AS last ON true
        LEFT JOIN LATERAL (
          SELECT "from", bytes FROM (
            SELECT o."from", o.bytes, sum(length(o.bytes)) OVER (ORDER BY o."from") - length(o.bytes) AS before
            FROM output o
            WHERE ${ofStream} AND o."from" > ${from - ROW_BYTES}::bigint AND o."from" + length(o.bytes) > ${from}::bigint
            ORDER BY o."from" LIMIT ${ROWS_AT_ONCE}) AS next
          WHERE before < ${maxBytes + ROW_BYTES}::bigint) AS rows ON true
        WHERE a.job = ${job}::uuid AND a.element = ${element} AND a.number = ${number}
        ORDER BY rows."from"`.execute(db);
      const [first] = rows;
      if (first === undefined) return undefined;
      const { isComplete, end } = first;
      const kept = rows.flatMap((row) =>
        row.from === null || row.bytes === null ? [] : [{ from: row.from, bytes: row.bytes }],
      );
      return { ...joined(kept, from, end, maxBytes), end, isComplete };
    },

    async latestAttempt(job, element) {
      const { rows } = await sql<AttemptId>`
        SELECT job, element, number FROM attempts WHERE job = ${job}::uuid AND element = ${element}
        ORDER BY number DESC LIMIT 1`.execute(db);
      return rows[0];
    },
  };
}

/** As far as the rows follow each other without a gap. Where nothing is left to read, the answer is at the end. */
function joined(
  rows: readonly { from: number; bytes: Buffer }[],
  from: number,
  end: number,
  maxBytes: number,
): { from: number; bytes: Buffer } {
  const start = Math.max(from, rows[0]?.from ?? Math.min(from, end));
  const parts: Buffer[] = [];
  let next = start;
  for (const row of rows) {
    if (row.from > next || next - start >= maxBytes) break;
    const part = row.bytes.subarray(next - row.from, next - row.from + maxBytes - (next - start));
    parts.push(part);
    next += part.length;
  }
  return { from: start, bytes: Buffer.concat(parts) };
}
