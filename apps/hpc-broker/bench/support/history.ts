import { eventually } from '@groundwork/service/testing';
import type { Broker } from './broker.ts';
import { stateOf, TRUE } from './jobs.ts';
import type { Query, StoreDatabase } from './store.ts';

/**
 * Copies of one job that has run, with all that was written down of it, ended within the last two months: what
 * a broker finds in its tables after a busy while. All of it has been looked at by the calibration, as if it
 * had come one after the other. Returns how many rows that are.
 */
export async function fillHistory(broker: Broker, { query }: StoreDatabase, rows: number): Promise<number> {
  const { id } = await broker.post<{ id: string }>('/v1/jobs', TRUE);
  await eventually(async () => (await stateOf(query, id)) === 'succeeded', {
    what: 'the end of the first job',
  });
  const [{ events } = { events: 0 }] = await query<{ events: number }>(
    'SELECT count(*) AS events FROM events WHERE job = $1',
    [id],
  );
  /** With its element and its attempt. */
  const perJob = 3 + events;
  const jobs = Math.ceil(rows / perJob);
  const copies: string[] = [];
  for (const [table, key] of TABLES) copies.push(await copyOf(query, table, `${key} = '${id}'`));
  await query(`
    BEGIN;
    CREATE TEMPORARY TABLE past ON COMMIT DROP AS
      SELECT n, ${ID} AS id, now() - interval '60 days' * (1 - n::double precision / ${jobs}) AS then
      FROM generate_series(1, ${jobs}) AS n;
    ${copies.join(';\n')};
    INSERT INTO publications (topic, seq) SELECT 'calibration', max(seq) FROM events
      ON CONFLICT (topic) DO UPDATE SET seq = excluded.seq;
    COMMIT;`);
  await query(`VACUUM (ANALYZE) ${TABLES.map(([table]) => table).join(', ')}`);
  await query('CHECKPOINT');
  return jobs * perJob;
}

/** With the column that names the job; what refers to others after them. */
const TABLES = [
  ['jobs', 'id'],
  ['elements', 'job'],
  ['attempts', 'job'],
  ['events', 'job'],
] as const;
/** Older ids than any of today, in the order in which they were accepted. */
const ID = `('01800000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/** All columns as they are, but with the id and the times of each past job. */
async function copyOf(query: Query, table: string, which: string): Promise<string> {
  const columns = await query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO' AND is_generated = 'NEVER'`,
    [table],
  );
  const names = columns.map(({ name }) => `"${name}"`);
  const values = columns.map(({ name, type }) => {
    if (name === 'job' || name === 'id') return 'past.id';
    // What has not happened to that job has not happened to these.
    if (type.startsWith('timestamp')) return `CASE WHEN one."${name}" IS NOT NULL THEN past.then END`;
    return `one."${name}"`;
  });
  const order = table === 'events' ? 'n, seq' : 'n';
  return `INSERT INTO ${table} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM past, (SELECT * FROM ${table} WHERE ${which}) AS one ORDER BY ${order}`;
}
