import { escapeLiteral, type Pool } from 'pg';
import { quoteTable } from './names.ts';

/** Runs one statement; the leader's go through a fence, by which one who no longer leads is refused. */
export type Run = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>;

/**
 * How far the cache can be trusted since the slot was made, kept as the publication's comment: a
 * process that dies between making the slot and emptying the cache must not leave the next one
 * believing that all is well.
 *
 * States: pending (everything has to be invalidated first) → settling (it was, but transactions
 * that began before the slot did may still end unseen) → complete. Back to pending with a new slot or another set of tables.
 */
export type Mark = 'pending' | 'settling' | 'complete';
const MARK = /^groundwork (pending|settling|complete)(?:: (.*))?$/s;

interface Publication {
  tables: string[];
  /** All of the tables' rows and columns, and all kinds of changes. */
  isWhole: boolean;
  comment: string | null;
}

/** Undefined when there is no publication; unknown when it is another role's, who made it for us. */
export async function readMark(
  pool: Pool,
  name: string,
): Promise<{ mark: Mark | 'unknown'; reason: string } | undefined> {
  const { rows } = await pool.query<{ comment: string | null }>(
    `SELECT obj_description(oid, 'pg_publication') AS comment FROM pg_publication WHERE pubname = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const found = MARK.exec(row.comment ?? '');
  return found === null
    ? { mark: 'unknown', reason: 'it is not known whether the cache was emptied when the slot was made' }
    : { mark: found[1] as Mark, reason: found[2] ?? '' };
}

/** False when the publication is another role's: then every new leader begins with everything. */
export async function writeMark(run: Run, name: string, mark: Mark, reason: string): Promise<boolean> {
  try {
    await run(`COMMENT ON PUBLICATION "${name}" IS ${escapeLiteral(`groundwork ${mark}: ${reason}`)}`);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === '42501') return false;
    throw error;
  }
}

/** Whether it publishes just the declared tables, all of each. */
export async function isAsDeclared(pool: Pool, name: string, tables: readonly string[]): Promise<boolean> {
  const found = await read((sql, values) => pool.query(sql, values).then(({ rows }) => rows), name);
  return found !== undefined && fits(found, tables);
}

/**
 * Makes the publication, or makes it fit. Gives why everything has to be invalidated, if so; that
 * is marked in the same transaction.
 */
export async function preparePublication(
  run: Run,
  name: string,
  tables: readonly string[],
): Promise<'created' | 'altered' | undefined> {
  const found = await read(run, name);
  if (found !== undefined && fits(found, tables)) return undefined;
  const list = tables.map(quoteTable).join(', ');
  const create = `CREATE PUBLICATION "${name}" FOR TABLE ${list}`;
  try {
    await run(`SET LOCAL lock_timeout = '3s'`);
    if (found === undefined) await run(create);
    else {
      await run(`ALTER PUBLICATION "${name}" SET TABLE ${list}`);
      await run(
        `ALTER PUBLICATION "${name}" SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)`,
      );
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error;
    throw new Error(
      `This role may not publish the tables (${(error as Error).message}). Let their owner, or a superuser, run: ${found === undefined ? '' : `DROP PUBLICATION "${name}"; `}${create}`,
      { cause: error },
    );
  }
  const what = found === undefined ? 'created' : 'altered';
  await writeMark(run, name, 'pending', `the publication was ${what}`);
  return what;
}

function fits({ tables, isWhole }: Publication, declared: readonly string[]): boolean {
  return (
    isWhole && new Set(declared).size === tables.length && declared.every((table) => tables.includes(table))
  );
}

async function read(run: Run, name: string): Promise<Publication | undefined> {
  const [row] = await run<Publication>(
    `SELECT obj_description(p.oid, 'pg_publication') AS comment,
       coalesce((SELECT array_agg(space.nspname || '.' || class.relname) FROM pg_publication_rel AS r
         JOIN pg_class AS class ON class.oid = r.prrelid JOIN pg_namespace AS space ON space.oid = class.relnamespace
         WHERE r.prpubid = p.oid), '{}') AS tables,
       p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AND NOT p.pubviaroot AND NOT p.puballtables
         AND NOT EXISTS (SELECT FROM pg_publication_namespace AS n WHERE n.pnpubid = p.oid)
         AND NOT EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid
           AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)) AS "isWhole"
     FROM pg_publication AS p WHERE p.pubname = $1`,
    [name],
  );
  return row;
}
