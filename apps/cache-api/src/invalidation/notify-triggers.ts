import { createHash } from 'node:crypto';
import { escapeIdentifier, escapeLiteral, type Pool, type PoolClient } from 'pg';
import { parseTable, quoteTable, validName } from './names.ts';

/** Which columns a notification carries, by table: those that keys and tags are made of. */
export type NotifiedColumns = Readonly<Record<string, readonly string[]>>;

/** How long it waits for a table that others use, before everything behind it would wait too. */
const LOCK_TIMEOUT = '3s';
/** Of a payload, in bytes: https://www.postgresql.org/docs/current/sql-notify.html */
const PAYLOAD_BYTES = 8_000;
/** Any two instances that install must agree on it. */
const LOCK = 7_406_853_512;
/** Values are written alike whatever the writer's settings are. */
const SETTINGS = `SET search_path = pg_catalog SET datestyle = 'ISO' SET intervalstyle = 'postgres'
  SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'`;

/**
 * Triggers on the declared tables that tell of every row in the writer's own transaction, in a schema
 * of their own, so that one statement removes them. Installing waits for those who are writing to the
 * tables, so that nobody who goes unnoticed is left. Does nothing when they are there.
 */
export async function installNotify(pool: Pool, name: string, columns: NotifiedColumns): Promise<void> {
  validName(name);
  const statements = Object.entries(columns).flatMap(([table, names], i) =>
    triggersOf(name, table, names, i),
  );
  const mark = `groundwork notify ${createHash('sha256').update(statements.join(';')).digest('hex')}`;
  await locked(pool, async (client) => {
    await requirePlainTables(client, columns);
    const before = await readMark(client, name);
    if (before === mark && (await areInstalled(client, name, Object.keys(columns)))) return;
    await removeOurs(client, name, before);
    await client.query(`CREATE SCHEMA ${name}; COMMENT ON SCHEMA ${name} IS ${escapeLiteral(mark)}`);
    for (const statement of statements) await client.query(statement);
  });
}

/** Removes the triggers, when they are no longer wanted. Does nothing when they are not there. */
export async function dropNotify(pool: Pool, name: string): Promise<void> {
  validName(name);
  await locked(pool, async (client) => removeOurs(client, name, await readMark(client, name)));
}

/** Whether each table still has both triggers, which fire whoever writes. A table that was made anew has none. */
export async function areInstalled(
  pool: Pool | PoolClient,
  name: string,
  tables: readonly string[],
): Promise<boolean> {
  const { rows } = await pool.query<{ found: number }>(
    `SELECT count(*)::int AS found FROM pg_trigger AS trigger
     JOIN pg_proc AS function ON function.oid = trigger.tgfoid
     JOIN pg_namespace AS space ON space.oid = function.pronamespace
     JOIN pg_class AS class ON class.oid = trigger.tgrelid
     JOIN pg_namespace AS place ON place.oid = class.relnamespace
     WHERE space.nspname = $1 AND trigger.tgenabled = 'A' AND place.nspname || '.' || class.relname = ANY($2)`,
    [name, tables],
  );
  return rows[0]?.found === 2 * tables.length;
}

/**
 * `format('%s')` writes a value as the type's output function does, and as the log has it; a cast to
 * text does not (a boolean would be `true` for `t`). What is too long, or was renamed since, becomes
 * a truncate: the writer never fails for our sake.
 */
function triggersOf(name: string, table: string, columns: readonly string[], i: number): string[] {
  const row = (which: 'OLD' | 'NEW'): string => {
    const pairs = columns.map((column) => {
      const value = `${which}.${escapeIdentifier(column)}`;
      return `${escapeLiteral(column)}, CASE WHEN ${value} IS NULL THEN NULL ELSE format('%s', ${value}) END`;
    });
    return `json_build_object(${pairs.join(', ')})`;
  };
  const truncate = `json_build_object('t', ${escapeLiteral(table)}, 'k', 'truncate')::text`;
  const body = `DECLARE
  message text := ${truncate};
  before json;
  after json;
BEGIN
  IF TG_OP <> 'TRUNCATE' THEN
    BEGIN
      IF TG_OP <> 'INSERT' THEN before := ${row('OLD')}; END IF;
      IF TG_OP <> 'DELETE' THEN after := ${row('NEW')}; END IF;
      message := json_build_object('t', ${escapeLiteral(table)}, 'k', lower(TG_OP), 'b', before, 'a', after)::text;
    EXCEPTION WHEN undefined_column THEN
      NULL;
    END;
    IF octet_length(message) >= ${PAYLOAD_BYTES} THEN message := ${truncate}; END IF;
  END IF;
  PERFORM pg_notify(${escapeLiteral(name)}, message);
  RETURN NULL;
END`;
  const target = quoteTable(table);
  const triggers = [
    { trigger: `${name}_rows`, when: 'INSERT OR UPDATE OR DELETE', each: 'ROW' },
    { trigger: `${name}_truncate`, when: 'TRUNCATE', each: 'STATEMENT' },
  ];
  return [
    `CREATE FUNCTION ${name}.tell_${i}() RETURNS trigger LANGUAGE plpgsql ${SETTINGS} AS ${escapeLiteral(body)}`,
    ...triggers.flatMap(({ trigger, when, each }) => [
      `CREATE TRIGGER ${trigger} AFTER ${when} ON ${target} FOR EACH ${each} EXECUTE FUNCTION ${name}.tell_${i}()`,
      // Also for what a subscription of another server writes.
      `ALTER TABLE ${target} ENABLE ALWAYS TRIGGER ${trigger}`,
    ]),
  ];
}

async function locked(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await work(client);
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true); // which also undoes it
    throw error;
  }
}

async function readMark(client: PoolClient, name: string): Promise<string | null | undefined> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = $1`,
    [name],
  );
  return rows[0]?.comment;
}

async function removeOurs(client: PoolClient, name: string, mark: string | null | undefined): Promise<void> {
  if (mark === undefined) return;
  if (mark?.startsWith('groundwork notify ') !== true) {
    throw new Error(`The schema ${name} is another's: give the cache another name`);
  }
  await client.query(`SET LOCAL client_min_messages = warning; DROP SCHEMA ${name} CASCADE`);
}

/** Throws for what such triggers would not notice all changes of. */
async function requirePlainTables(client: PoolClient, columns: NotifiedColumns): Promise<void> {
  for (const [table, names] of Object.entries(columns)) {
    const { schema, table: relation } = parseTable(table);
    const { rows } = await client.query<{ kind: string; hasFamily: boolean; columns: string[] }>(
      `SELECT relkind AS kind,
         EXISTS (SELECT FROM pg_inherits WHERE class.oid IN (inhparent, inhrelid)) AS "hasFamily",
         coalesce((SELECT array_agg(attname::text) FROM pg_attribute
           WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped), '{}') AS columns
       FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
       WHERE space.nspname = $1 AND class.relname = $2`,
      [schema, relation],
    );
    const [found] = rows;
    if (found === undefined) throw new Error(`There is no table ${table}`);
    if (found.kind !== 'r' || found.hasFamily) {
      throw new Error(`${table} is no plain table: views, partitions and heirs need the replication mode`);
    }
    const missing = names.find((column) => !found.columns.includes(column));
    if (missing !== undefined) throw new Error(`${table} has no column ${missing}`);
  }
}
