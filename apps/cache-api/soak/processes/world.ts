import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { freePort } from '@groundwork/service/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startMemcached, startRedis, type TestServer } from '../../test/support/servers.ts';
import { STREAM, TABLES, TIMES, YAML } from '../catalogue.ts';
import { Instance } from './instance.ts';
import { startSlowProxy, type SlowProxy } from './slow-proxy.ts';

/** All processes: a database, a store behind a proxy, two instances. */
export interface World {
  storeName: 'redis' | 'memcached';
  postgres: TestPostgres;
  /** As the service's own role, for what others write. */
  sql: Pool;
  /** A superuser, in the same database. */
  admin: Pool;
  store: TestServer;
  proxy: SlowProxy;
  instances: readonly Instance[];
  /** Of their logs. */
  folder: string;
  stop(): Promise<void>;
}

const SERVER = { wal_level: 'logical', max_replication_slots: '10', max_wal_senders: '10' };

export async function startWorld(
  storeName: 'redis' | 'memcached',
  onDeath: (why: string) => void,
  signal: AbortSignal,
): Promise<World> {
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of undo.splice(0).toReversed()) await Promise.resolve(one()).catch(() => undefined);
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), 'cache-soak-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const postgres = await startTestPostgres(undefined, { onDisk: true, settings: SERVER });
    undo.push(() => postgres.stop());
    const url = await postgres.createDatabase({ replication: true });
    const adminUrl = new URL(postgres.adminUrl);
    adminUrl.pathname = new URL(url).pathname;
    const [sql, admin] = [open(url), open(adminUrl.href)];
    undo.push(() => Promise.all([sql.end(), admin.end()]));
    await sql.query(TABLES);
    const store = storeName === 'redis' ? await startRedis() : await startMemcached();
    undo.push(() => store.kill());
    const proxy = await startSlowProxy(await freePort(), store.port);
    undo.push(() => proxy.shut());
    const settings = settingsOf(storeName, url, proxy.port);
    const instances = [];
    for (const name of ['A', 'B']) {
      signal.throwIfAborted();
      const instance = new Instance({ name, port: await freePort(), settings, folder, onDeath });
      instances.push(instance);
      undo.push(() => instance.end('SIGKILL'));
      await instance.start();
    }
    return { storeName, postgres, sql, admin, store, proxy, instances, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settingsOf(store: 'redis' | 'memcached', url: string, port: number): Record<string, string> {
  const at = `127.0.0.1:${port}`;
  return {
    DATABASE_URL: url,
    DATABASE_TIMEOUT_MS: String(TIMES.database),
    AUTH_MODE: 'none',
    INVALIDATION: 'replication',
    STREAM_NAME: STREAM,
    LEASE_SECONDS: String(TIMES.leaseSeconds),
    L1_MAX_STALE_MS: String(TIMES.l1MaxStale),
    // Small enough to be full soon: what grows afterwards is something else.
    L1_BYTES: String(512 * 1_024),
    STORE_TIMEOUT_MS: String(TIMES.store),
    CHECKED_SHARE: '0.01',
    RESOURCES_YAML: YAML,
    LOG_LEVEL: 'warn',
    DRAIN_SECONDS: '10',
    STORE: store,
    ...(store === 'redis' ? { REDIS_URL: `redis://${at}` } : { MEMCACHED_SERVERS: at }),
  };
}

function open(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'soak',
    max: 10,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 6_000,
    query_timeout: 8_000,
  });
  // It is restarted, and its connections are cut.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return pool;
}
