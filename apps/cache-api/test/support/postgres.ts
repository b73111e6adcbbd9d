import { randomBytes } from 'node:crypto';
import { createDatabase, LEASES, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { createLogger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { Pool } from 'pg';
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
  name: string;
  database: Database<Any>;
  /** A superuser in the same database. */
  admin: Pool;
  sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** What a stream needs, recording what it is told. */
  recorded(overrides?: Partial<Options>): { options: Options; seen: Seen };
  /** An instance that follows `orders`, once it does. */
  follow(overrides?: Partial<Options>): Promise<{ stream: Replication; seen: Seen }>;
  slot(): Promise<Record<string, unknown> | undefined>;
  /** To be undone at the end of the test, before what was there before it. */
  later(undo: () => Promise<unknown>): void;
}

export interface Seen {
  batches: (readonly Commit[])[];
  commits: Commit[];
  all: string[];
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
    return {
      url,
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
  return {
    batches,
    all: [],
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
