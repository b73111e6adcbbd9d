import { createLogger } from '@groundwork/service';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createDatabase, type Database } from '../../src/index.ts';
import { startTestPostgres, type TestPostgres } from '../../src/testing/index.ts';

export const silent = createLogger({ service: 'test', level: 'silent' });

/** An open database of whatever tables the test makes. */
export type Any = Record<string, Record<string, unknown>>;

/** One server per file, a fresh database per test. `TEST_DATABASE_URL` names another server. */
export function usePostgres() {
  let server: TestPostgres;
  const opened: Database<Any>[] = [];
  beforeAll(async () => {
    server = await startTestPostgres(process.env['TEST_DATABASE_URL']);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ db }) => db.destroy()));
  });
  afterAll(() => server.stop());
  const open = (url: string, timeoutMs = 10_000): Database<Any> => {
    const database = createDatabase<Any>(
      { DATABASE_URL: url, DATABASE_POOL_SIZE: 10, DATABASE_TIMEOUT_MS: timeoutMs },
      silent,
    );
    opened.push(database);
    return database;
  };
  return {
    open,
    createUrl: () => server.createDatabase(),
    create: async () => open(await server.createDatabase()),
    adminUrl: () => server.adminUrl,
  };
}
