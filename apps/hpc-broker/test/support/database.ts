import { createDatabase, IDEMPOTENCY_KEYS, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { logger } from './logger.ts';

export { logger };

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

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
      const url = await postgres.createDatabase();
      const database = createDatabase<unknown>(
        { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 10_000 },
        logger,
      );
      if (whenFinished === undefined) opened.push(database);
      else whenFinished(() => database.db.destroy());
      await migrate(database.pool, { folder: MIGRATIONS, shared: [IDEMPOTENCY_KEYS, LEASES] }, logger);
      return database;
    },
  };
}
