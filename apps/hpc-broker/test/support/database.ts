import { createDatabase, IDEMPOTENCY_KEYS, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { logger } from './logger.ts';

export { logger };

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
const SETTINGS = { DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 10_000 };

/** By server: one that has the tables, of which the others are copies. */
const migrated = new Map<string, Promise<string>>();

async function migratedOn(postgres: TestPostgres): Promise<string> {
  const url = await postgres.createDatabase({ stays: true });
  const { pool, db } = createDatabase<unknown>({ DATABASE_URL: url, ...SETTINGS }, logger);
  await migrate(pool, { folder: MIGRATIONS, shared: [IDEMPOTENCY_KEYS, LEASES] }, logger);
  await db.destroy();
  return url;
}

/** A PostgreSQL for the tests of a file, and an empty database with the service's tables for each test. */
export function useDatabases(): {
  /** `whenFinished`: of the test, where several run at the same time. */
  open(whenFinished?: (end: () => Promise<void>) => void): Promise<Database<unknown>>;
} {
  let postgres: TestPostgres;
  const opened: Database<unknown>[] = [];
  beforeAll(async () => {
    postgres = await startTestPostgres(process.env['TEST_DATABASE_URL']);
  });
  afterEach(async () => {
    for (const { db } of opened.splice(0)) await db.destroy();
  });
  afterAll(() => postgres.stop());
  return {
    async open(whenFinished) {
      if (!migrated.has(postgres.adminUrl)) migrated.set(postgres.adminUrl, migratedOn(postgres));
      const url = await postgres.copyDatabase(await migrated.get(postgres.adminUrl)!);
      const database = createDatabase<unknown>({ DATABASE_URL: url, ...SETTINGS }, logger);
      if (whenFinished === undefined) opened.push(database);
      else whenFinished(() => database.db.destroy());
      return database;
    },
  };
}
