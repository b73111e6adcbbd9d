import { createDatabase, IDEMPOTENCY_KEYS, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { createLogger } from '@groundwork/service';
import { afterAll, afterEach, beforeAll } from 'vitest';

export const logger = createLogger({ service: 'test', level: 'fatal' });
const MIGRATIONS = new URL('../../migrations/', import.meta.url);

/** A PostgreSQL for the tests of a file, and an empty database with the service's tables for each test. */
export function useDatabases(): { open(): Promise<Database<unknown>> } {
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
    async open() {
      const url = await postgres.createDatabase();
      const database = createDatabase<unknown>(
        { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 10_000 },
        logger,
      );
      opened.push(database);
      await migrate(database.pool, { folder: MIGRATIONS, shared: [IDEMPOTENCY_KEYS, LEASES] }, logger);
      return database;
    },
  };
}
