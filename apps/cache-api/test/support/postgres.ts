import { randomBytes } from 'node:crypto';
import { createDatabase, LEASES, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { createLogger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { createReplication, type Replication } from '../../src/invalidation/replication.ts';
import type { ChangeStreamOptions, Commit } from '../../src/invalidation/stream.ts';

type Any = Record<string, Record<string, unknown>>;
export type Options = ChangeStreamOptions<Any>;

export const logger = createLogger({
  service: 'test',
  level: process.env['TEST_LOG'] === undefined ? 'silent' : 'debug',
});

/** A database of its own for a test, with a table of leases and `orders`. */
export interface World {
  url: string;
  /** Of a superuser. */
  adminUrl: string;
  name: string;
  database: Database<Any>;
  /** A superuser in the same database. */
  admin: Pool;
  sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** What a stream needs, recording what it is told. */
  recorded: (overrides?: Partial<Options>) => { options: Options; seen: Seen };
  /** An instance that follows `orders`, once it does. */
  follow: (overrides?: Partial<Options>) => Promise<{ stream: Replication; seen: Seen }>;
  slot: () => Promise<Record<string, unknown> | undefined>;
  /** To be undone at the end of the test, before what was there before it. */
  later: (undo: () => Promise<unknown>) => void;
  /** Makes commits hang, in the log but not yet visible, until it is called again with false. */
  holdCommits: (on: boolean) => Promise<void>;
}

export interface Seen {
  batches: (readonly Commit[])[];
  commits: Commit[];
  all: string[];
  /** Why, without repetitions: the same may come again when transactions were under way. */
  readonly reasons: string[];
  readonly changes: Change[];
}

/** One real server per file that decodes its log; TEST_DATABASE_URL names another that does. */
export function useLoggingPostgres(settings: Record<string, string> = {}) {
  const named = process.env['TEST_DATABASE_URL'];
  let server: TestPostgres;
  const undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startTestPostgres(named, {
      settings: { wal_level: 'logical', max_replication_slots: '10', max_wal_senders: '10', ...settings },
    });
  });
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one();
  });
  afterAll(() => server.stop());

  async function world(options: { replication?: boolean } = {}): Promise<World> {
    const url = await server.createDatabase({ replication: options.replication ?? true });
    const database = createDatabase<Any>(
      { DATABASE_URL: url, DATABASE_POOL_SIZE: 10, DATABASE_TIMEOUT_MS: 10_000 },
      logger,
    );
    const adminUrl = new URL(server.adminUrl);
    adminUrl.pathname = new URL(url).pathname;
    const admin = new Pool({ connectionString: adminUrl.href, max: 3 });
    admin.on('error', () => undefined); // the server is restarted by some tests
    const name = `cache_${randomBytes(6).toString('hex')}`;
    undo.push(
      () => database.db.destroy(),
      () => admin.end(),
      () => dropSlot(admin, name),
    );
    const sql: World['sql'] = async (text, values) => (await database.pool.query(text, values)).rows;
    await sql(`${LEASES.sql};
      CREATE TABLE orders (id int PRIMARY KEY, customer text, note text, total numeric, at timestamptz, paid boolean)`);

    const recorded: World['recorded'] = (overrides = {}) => {
      const seen = createSeen();
      return {
        seen,
        options: {
          databaseUrl: url,
          pool: database.pool,
          db: database.db,
          tables: ['public.orders'],
          name,
          logger,
          ttlSeconds: 1,
          apply: async (batch) => void seen.batches.push(batch),
          applyAll: async (reason) => void seen.all.push(reason),
          ...overrides,
        },
      };
    };
    const holdCommits: World['holdCommits'] = async (on) => {
      const names = on ? 'nobody' : '';
      await admin.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
      await admin.query('SELECT pg_reload_conf()');
      if (on) await untilCommitsHang(adminUrl.href);
    };
    return {
      url,
      adminUrl: server.adminUrl,
      holdCommits,
      name,
      database,
      admin,
      sql,
      recorded,
      later: (one) => undo.push(one),
      async slot() {
        const { rows } = await admin.query('SELECT * FROM pg_replication_slots WHERE slot_name = $1', [name]);
        return rows[0] as Record<string, unknown> | undefined;
      },
      async follow(overrides) {
        const { options: stream, seen } = recorded(overrides);
        const one = createReplication(stream);
        await one.start?.();
        undo.push(async () => one.stop?.(AbortSignal.timeout(1_000)));
        await eventually(() => one.check().then(() => true), { what: 'the stream', withinMs: 15_000 });
        return { stream: one, seen };
      },
    };
  }
  return { world, restart: () => server.restart(), isOurs: named === undefined };
}

function createSeen(): Seen {
  const batches: (readonly Commit[])[] = [];
  const all: string[] = [];
  return {
    batches,
    all,
    get reasons() {
      return [...new Set(all)];
    },
    get commits() {
      return batches.flat();
    },
    get changes() {
      return batches.flat().flatMap(({ changes }) => changes);
    },
  };
}

async function dropSlot(admin: Pool, name: string): Promise<void> {
  await eventually(async () => {
    await admin.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`,
      [name],
    );
    await admin.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
      [name],
    );
    return true;
  });
}

/** Rows as plain objects. */
export function plain(change: Change | undefined): unknown {
  if (change === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(change).map(([key, value]) => [
      key,
      value instanceof Map ? Object.fromEntries(value) : value,
    ]),
  );
}

/** The server takes the setting up a moment later: tries until a commit hangs. */
async function untilCommitsHang(url: string): Promise<void> {
  const probe = new Client({ connectionString: url });
  const watcher = new Client({ connectionString: url });
  probe.on('error', () => undefined); // it is ended below
  await Promise.all([probe.connect(), watcher.connect()]);
  try {
    const { rows } = await probe.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid;
    await eventually(async () => {
      let isDone = false;
      const commit = probe.query(`SELECT pg_logical_emit_message(true, 'probe', '')`);
      void commit.catch(() => undefined).finally(() => (isDone = true));
      return eventually(async () => {
        const waits = await watcher.query(
          `SELECT pid FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'`,
          [pid],
        );
        return waits.rowCount === 1 ? { hangs: true } : isDone && { hangs: false };
      }).then(({ hangs }) => hangs);
    });
    await watcher.query('SELECT pg_terminate_backend($1)', [pid]);
  } finally {
    await Promise.all([probe.end().catch(() => undefined), watcher.end()]);
  }
}
