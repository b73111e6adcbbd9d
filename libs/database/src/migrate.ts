import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { Pool, PoolClient } from 'pg';

/** One that several services have: a table that a function of this library works on. */
export interface SharedMigration {
  name: string;
  sql: string;
}

interface Migration extends SharedMigration {
  checksum: string;
}

/** Any two processes that migrate must agree on it. */
const LOCK = 7_406_853_511;
/** How long a statement waits for a table that others use, before everything behind it would wait too. */
const LOCK_TIMEOUT = '3s';
const ATTEMPTS = 10;
const RETRY_MS = 1_000;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings a database up to the numbered SQL files of a folder (`0001-entries.sql`), each in a
 * transaction of its own, after those that come with this library. Several processes may start at once: one migrates, the others wait.
 * Files that were applied must not change. What is in the database but not in the folder was
 * applied by a newer version and is left alone: migrations expand first and contract later, so
 * that both versions can run during a roll-out.
 */
export async function migrate(
  pool: Pool,
  { folder, shared = [] }: { folder: URL; shared?: readonly SharedMigration[] },
  logger: Logger,
): Promise<void> {
  const migrations = [...shared, ...(await readMigrations(folder))].map(({ name, sql }): Migration => ({
    name,
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  }));
  const client = await pool.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migrations',
    );
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    for (const migration of migrations) {
      const before = applied.get(migration.name);
      if (before === undefined) await apply(client, migration, logger);
      else if (before !== migration.checksum) {
        throw new Error(
          `The migration ${migration.name} was changed after it had been applied: undo the change and add a new file`,
        );
      }
    }
  } finally {
    // Closed rather than given back: that also ends the lock and the settings of this session.
    client.release(true);
  }
}

async function readMigrations(folder: URL): Promise<SharedMigration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const wrong = names.find((name) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name));
  if (wrong !== undefined) throw new Error(`${wrong} must be named like 0001-entries.sql`);
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration, logger: Logger): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('BEGIN');
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await client.query(sql);
      await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
      await client.query('COMMIT');
      logger.info({ migration: name }, `migrated ${name}`);
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      const busy = (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE;
      if (!busy || attempt === ATTEMPTS) {
        throw new Error(`The migration ${name} failed: ${(error as Error).message}`, { cause: error });
      }
      logger.warn({ migration: name, attempt }, `${name} waits for a table that is in use`);
      await delay(RETRY_MS);
    }
  }
}

/** The `migrations/` of a service, from the URL of its main file: beside a bundle, one level up from its sources. */
export function migrationsOf(mainUrl: string): URL {
  const beside = new URL('migrations/', mainUrl);
  return existsSync(beside) ? beside : new URL('../migrations/', mainUrl);
}
