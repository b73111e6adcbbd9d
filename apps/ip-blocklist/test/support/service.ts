import { createDatabase, IDEMPOTENCY_KEYS, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { allowLocalDevelopment, createLogger, createRegistry } from '@groundwork/service';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createPostgresEntries } from '../../src/adapters/postgres-entries.ts';
import type { Tables } from '../../src/adapters/tables.ts';
import { parseProtectedRange } from '../../src/domain/protected-ranges.ts';
import { createBlocklistApp } from '../../src/http/app.ts';
import type { Entries } from '../../src/ports/entries.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

export interface Service {
  url: string;
  database: Database<Tables>;
  entries: Entries;
  app: ReturnType<typeof createBlocklistApp>;
}

/** The service on an empty database for each test. */
export function useService(protectedRanges: string[] = []): Service {
  let postgres: TestPostgres;
  const service = {} as Service;
  beforeAll(async () => {
    postgres = await startTestPostgres(process.env['TEST_DATABASE_URL']);
  });
  beforeEach(async () => {
    const url = await postgres.createDatabase();
    const database = createDatabase<Tables>(
      { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 10_000 },
      logger,
    );
    const folder = new URL('../../migrations/', import.meta.url);
    await migrate(database.pool, { folder, shared: [LEASES, IDEMPOTENCY_KEYS] }, logger);
    const entries = createPostgresEntries(database.db);
    const app = createBlocklistApp({
      logger,
      registry: createRegistry('test'),
      authenticate: allowLocalDevelopment(),
      trustedProxyHops: 0,
      readiness: { database: () => database.check() },
      entries,
      protectedRanges: protectedRanges.map(parseProtectedRange),
    });
    Object.assign(service, { url, database, entries, app });
  });
  afterEach(() => service.database.db.destroy());
  afterAll(() => postgres.stop());
  return service;
}
