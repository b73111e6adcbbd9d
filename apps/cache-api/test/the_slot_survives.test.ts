import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createDatabase } from '@groundwork/database';
import type { Logger } from '@groundwork/service';
import { eventually, programOf } from '@groundwork/service/testing';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { dropReplication } from '../src/invalidation/drop-replication.ts';
import { createReplication } from '../src/invalidation/replication.ts';
import { logger, plain, useLoggingPostgres, type Seen, type World } from './support/postgres.ts';

const postgres = useLoggingPostgres();
const FOLLOWER = programOf(new URL('support/follower.ts', import.meta.url));

const ids = (seen: Seen): unknown[] =>
  seen.changes.map((change) => (plain(change) as { after?: { id: string } }).after?.id ?? change.kind);

/** Comes again is allowed, missing and out of order is not. */
async function expectAll(seen: Seen, first: number, last: number): Promise<void> {
  const expected = Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
  await eventually(() => new Set(ids(seen)).size >= expected.length, {
    what: 'all changes',
    withinMs: 20_000,
  });
  expect([...new Set(ids(seen))]).toEqual(expected);
}

const insert = ({ sql }: World, first: number, last = first): Promise<unknown> =>
  sql('INSERT INTO orders (id) SELECT generate_series($1::int, $2::int)', [first, last]);

/** A follower in a process of its own, and what it told. */
function spawnFollower(world: World, hangs: string): { child: ChildProcess; told: string[] } {
  const child = spawn(process.execPath, [FOLLOWER, world.url, world.name, hangs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  world.later(async () => void (child.exitCode === null && child.kill('SIGKILL')));
  const told: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => told.push(line));
  return { child, told };
}

function recording(told: string[]): Logger {
  const at =
    (level: string) =>
    (...words: unknown[]): void =>
      void told.push(`${level}: ${String(words.at(-1))}`);
  const all = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => all,
  };
  return all as unknown as Logger;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a slot is made before anything is served', () => {
  it('once, and everything is invalidated once', async () => {
    const world = await postgres.world();
    const first = await world.follow();
    expect(first.seen.reasons).toEqual(['there was no replication slot']);
    const second = await world.follow();
    await first.stream.stop?.(AbortSignal.timeout(1_000));
    await insert(world, 1);
    await expectAll(second.seen, 1, 1);
    expect(second.seen.reasons).toEqual([]);
    expect(await second.stream.status()).toMatchObject({
      leader: true,
      slot: world.name,
      walStatus: 'reserved',
    });
  });

  it('and that is told in one line, which is no warning; a slot that is gone later is one', async () => {
    const world = await postgres.world();
    const told: string[] = [];
    const { stream } = await world.follow({ logger: recording(told) });
    const ofEverything = () => told.filter((line) => /slot|everything/.test(line));
    expect(ofEverything()).toEqual([
      'info: everything that is cached of the database is invalidated: there was no replication slot',
    ]);
    await stream.stop?.(AbortSignal.timeout(1_000));
    await world.sql('SELECT pg_drop_replication_slot($1)', [world.name]);
    told.splice(0);
    await world.follow({ logger: recording(told) });
    expect(ofEverything()).toEqual([
      'warn: the replication slot is gone',
      'warn: everything that is cached of the database is invalidated: the replication slot is gone',
    ]);
  });

  it('and again everything, when whoever made it was killed before that was done', async () => {
    const world = await postgres.world();
    const { child, told } = spawnFollower(world, 'hangs at all');
    await eventually(() => told.length === 1, { withinMs: 20_000 });
    expect(await world.slot()).toBeDefined();
    await kill(child);
    const { seen } = await world.follow();
    expect(seen.reasons).toEqual(['there was no replication slot']);
  });

  it('and everything once more, when transactions that were under way have ended', async () => {
    const world = await postgres.world();
    await world.follow().then(({ stream }) => stream.stop?.(AbortSignal.timeout(1_000)));
    const writer = await world.database.pool.connect();
    await writer.query('BEGIN; INSERT INTO orders (id) VALUES (1)');
    // Altering the publication is for later transactions; this one may be told without the new table.
    await world.sql('CREATE TABLE items (id int PRIMARY KEY)');
    const { seen } = await world.follow({ tables: ['public.orders', 'public.items'] });
    expect(seen.reasons).toEqual(['the publication was altered']);
    await writer.query('COMMIT');
    writer.release();
    await eventually(() => seen.all.length === 2);
    await expectAll(seen, 1, 1);
  });
});

describe('nothing is missed', () => {
  it('when the leader is killed while it applies', async () => {
    const world = await postgres.world();
    const { child, told } = spawnFollower(world, 'hangs');
    await eventually(() => told.some((line) => line.includes('all')), { withinMs: 20_000 });
    await insert(world, 1);
    await eventually(() => told.some((line) => line.includes('applying')));
    await insert(world, 2);
    await kill(child);
    await insert(world, 3, 10);
    const { seen } = await world.follow();
    await expectAll(seen, 1, 10);
    expect(seen.reasons).toEqual([]);
  });

  it('when the leader stands still: its connection is ended by the one who follows it', async () => {
    const world = await postgres.world();
    const { child, told } = spawnFollower(world, '');
    await eventually(() => told.some((line) => line.includes('all')), { withinMs: 20_000 });
    await eventually(async () => (await world.slot())?.['active_pid']);
    child.kill('SIGSTOP');
    await insert(world, 1, 5);
    const began = await world.slot();
    const { seen } = await world.follow();
    await expectAll(seen, 1, 5);
    const now = await world.slot();
    expect(now?.['active_pid']).not.toBe(began?.['active_pid']);
    await kill(child);
  });

  it('when the walsender is terminated, again and again', async () => {
    const world = await postgres.world();
    const { seen } = await world.follow();
    for (let i = 0; i < 3; i++) {
      await insert(world, 10 * i + 1, 10 * i + 5);
      const slot = await eventually(async () => {
        const one = await world.slot();
        return one?.['active_pid'] === null ? undefined : one;
      });
      await world.admin.query('SELECT pg_terminate_backend($1)', [slot?.['active_pid']]);
      await insert(world, 10 * i + 6, 10 * i + 10);
    }
    await expectAll(seen, 1, 30);
    expect(seen.reasons).toHaveLength(1);
  });

  it('when instances come and go under load', async () => {
    const world = await postgres.world();
    const { seen } = world.recorded();
    const apply = async (batch: Seen['batches'][number]): Promise<void> => void seen.batches.push(batch);
    let current = await world.follow({ apply });
    const enough = new AbortController();
    let last = 0;
    const writing = (async () => {
      while (!enough.signal.aborted) await insert(world, ++last);
    })();
    for (let i = 0; i < 3; i++) {
      const next = await world.follow({ apply });
      const before = seen.batches.length;
      await current.stream.stop?.(AbortSignal.timeout(2_000));
      current = next;
      await eventually(() => seen.batches.length > before + 5);
    }
    enough.abort();
    await writing;
    await expectAll(seen, 1, last);
  });

  it.runIf(postgres.isOurs)('when Postgres restarts', async () => {
    const world = await postgres.world();
    const { seen, stream } = await world.follow();
    await insert(world, 1, 5);
    await expectAll(seen, 1, 5);
    await postgres.restart();
    await eventually(() => insert(world, 6, 10).then(() => true));
    await expectAll(seen, 1, 10);
    await eventually(() => stream.check().then(() => true));
    expect(seen.reasons).toHaveLength(1);
  });

  it('when a table is dropped and made anew, in which case everything goes', async () => {
    const world = await postgres.world();
    const { seen } = await world.follow();
    await world.sql('DROP TABLE orders; CREATE TABLE orders (id int PRIMARY KEY)');
    await eventually(() => seen.reasons.length === 2, { withinMs: 20_000 });
    expect(seen.reasons[1]).toBe('the publication was altered');
    await insert(world, 1);
    await expectAll(seen, 1, 1);
  });
});

describe('a slot that cannot be followed any more', () => {
  it('is made anew when it was lost, and everything is invalidated', async () => {
    const world = await postgres.world();
    const first = await world.follow();
    await first.stream.stop?.(AbortSignal.timeout(1_000));
    await world.admin.query(`ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`);
    await world.admin.query('SELECT pg_reload_conf()');
    world.later(async () => {
      await world.admin.query('ALTER SYSTEM RESET max_slot_wal_keep_size');
      await world.admin.query('SELECT pg_reload_conf()');
    });
    await eventually(
      async () => {
        await world.sql(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1000000))`);
        await world.admin.query('SELECT pg_switch_wal()');
        await world.admin.query('CHECKPOINT');
        return (await world.slot())?.['wal_status'] === 'lost';
      },
      { withinMs: 20_000 },
    );
    await expect(first.stream.check()).rejects.toThrow('nobody follows the slot');
    const { seen, stream } = await world.follow();
    expect(seen.reasons).toHaveLength(1);
    expect(seen.reasons[0]).toMatch('the replication slot was lost');
    await insert(world, 1);
    await expectAll(seen, 1, 1);
    const status = await stream.status();
    expect(status.walStatus).toBe('reserved');
    expect(status.safeBytes).toBeGreaterThan(0);
  });

  it('is made anew when somebody dropped it', async () => {
    const world = await postgres.world();
    const { seen } = await world.follow();
    const before = seen.all.length;
    await eventually(async () => {
      const slot = await world.slot();
      if (slot?.['active_pid'] !== null) {
        await world.admin.query('SELECT pg_terminate_backend($1)', [slot?.['active_pid']]);
      }
      await world.admin.query('SELECT pg_drop_replication_slot($1)', [world.name]);
      return true;
    });
    await eventually(() => seen.all.length > before, { withinMs: 20_000 });
    await insert(world, 1);
    await expectAll(seen, 1, 1);
  });

  it("is left alone when it is another's", async () => {
    const world = await postgres.world();
    await world.admin.query(`SELECT pg_create_logical_replication_slot($1, 'test_decoding')`, [world.name]);
    const { options } = world.recorded();
    const stream = createReplication(options);
    await stream.start?.();
    world.later(async () => stream.stop?.(AbortSignal.timeout(1_000)));
    await eventually(() => expect(stream.check()).rejects.toThrow("is another's (test_decoding"));
    expect((await world.slot())?.['plugin']).toBe('test_decoding');
  });
});

describe('the server may forget its log', () => {
  it('while only other tables are written', async () => {
    const world = await postgres.world();
    const { seen, stream } = await world.follow();
    await world.sql('CREATE TABLE others (id serial, text text)');
    for (let i = 0; i < 5; i++)
      await world.sql(`INSERT INTO others (text) SELECT repeat('x', 1000) FROM generate_series(1, 1000)`);
    const [now] = await world.sql('SELECT pg_current_wal_lsn()::text AS lsn');
    await eventually(
      async () =>
        (
          await world.sql('SELECT $1::pg_lsn >= $2::pg_lsn AS done', [
            (await stream.status()).confirmed,
            now?.['lsn'],
          ])
        )[0]?.['done'],
    );
    expect(seen.commits).toEqual([]);
  });

  it('when the stream is no longer wanted', async () => {
    const world = await postgres.world();
    const { stream } = await world.follow();
    const dropping = dropReplication(world.database.pool, world.name);
    await world.sql('SELECT pg_sleep(0.5)');
    expect(await world.slot()).toBeDefined(); // somebody follows it
    await stream.stop?.(AbortSignal.timeout(1_000));
    await dropping;
    expect(await world.slot()).toBeUndefined();
    expect(await world.sql('SELECT FROM pg_publication WHERE pubname = $1', [world.name])).toEqual([]);
    await dropReplication(world.database.pool, world.name); // there is nothing to drop
  });
});

describe('what is missing is said', () => {
  const problem = async (world: World, tables = ['public.orders']): Promise<string> => {
    const { pool, db } = world.database;
    const stream = createReplication(world.recorded({ tables, pool, db }).options);
    await stream.start?.();
    try {
      return await eventually(async () => {
        const message = await stream.check().then(
          () => 'it is followed',
          (error: unknown) => (error as Error).message,
        );
        return !/about to|not exist yet|no instance/.test(message) && message;
      });
    } finally {
      await stream.stop?.(AbortSignal.timeout(1_000));
    }
  };

  it('the right to replicate', async () => {
    const world = await postgres.world({ replication: false });
    expect(await problem(world)).toMatch('ALTER ROLE … REPLICATION');
    // As a service in development gets it.
    const database = createDatabase(
      {
        DATABASE_URL: world.url,
        DATABASE_ADMIN_URL: world.adminUrl,
        DATABASE_POOL_SIZE: 2,
        DATABASE_TIMEOUT_MS: 5_000,
      },
      logger,
      { replication: true },
    );
    await database.component.start?.();
    await database.db.destroy();
    await world.follow();
  });

  it('a table, its key, or the right to publish it', async () => {
    const world = await postgres.world();
    expect(await problem(world, ['public.nowhere'])).toMatch('There is no table public.nowhere');
    await world.sql('CREATE TABLE keyless (id int); CREATE VIEW seen AS SELECT * FROM orders');
    const another = await postgres.world();
    await another.sql('CREATE TABLE keyless (id int); CREATE VIEW seen AS SELECT * FROM orders');
    expect(await problem(another, ['public.keyless'])).toMatch(
      'ALTER TABLE public.keyless REPLICA IDENTITY FULL',
    );
    const third = await postgres.world();
    await third.admin.query('CREATE TABLE theirs (id int PRIMARY KEY)');
    expect(await problem(third, ['public.theirs'])).toMatch(
      `run: CREATE PUBLICATION "${third.name}" FOR TABLE "public"."theirs"`,
    );
    // As it was told, and now it works, with everything invalidated because nobody can say when that was.
    await third.admin.query(`CREATE PUBLICATION "${third.name}" FOR TABLE "public"."theirs"`);
    const { seen } = await third.follow({ tables: ['public.theirs'] });
    await third.admin.query('INSERT INTO theirs VALUES (1)');
    await expectAll(seen, 1, 1);
  });

  it('a name of its own for the standby', async () => {
    const world = await postgres.world();
    // Otherwise our own lease could not be taken.
    await world.sql(`ALTER ROLE CURRENT_USER SET synchronous_commit = local`);
    const own = createDatabase<Record<string, Record<string, unknown>>>(
      { DATABASE_URL: world.url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 5_000 },
      logger,
    );
    world.later(() => own.db.destroy());
    world.later(() => world.holdCommits(false));
    await world.admin.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await world.admin.query('SELECT pg_reload_conf()');
    expect(await problem({ ...world, database: own })).toMatch('name the standbys in it');
  });

  it('a slot', async () => {
    const world = await postgres.world();
    const { rows } = await world.admin.query<{ free: number }>(
      `SELECT current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots)::int AS free`,
    );
    for (let i = 0; i < (rows[0]?.free ?? 0); i++) {
      await world.admin.query('SELECT pg_create_physical_replication_slot($1)', [`filler_${i}`]);
    }
    world.later(() =>
      world.admin.query(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'filler%'`,
      ),
    );
    expect(await problem(world)).toMatch('raise max_replication_slots');
  });
});

it('is told in numbers', async () => {
  const world = await postgres.world();
  const registry = new Registry();
  const { seen, stream } = await world.follow({ registry });
  await insert(world, 1, 3);
  await expectAll(seen, 1, 3);
  await eventually(async () => (await stream.status()).lag.count === 1);
  const { lag } = await stream.status();
  expect(lag.lastMs).toBeGreaterThan(-5);
  expect(lag.lastMs).toBeLessThan(2_000);
  const text = await registry.metrics();
  expect(text).toMatch('cache_changes_total{table="public.orders",kind="insert"} 3');
  expect(text).toMatch('cache_commit_to_invisible_seconds_count 1');
  expect(text).toMatch(/cache_slot_retained_bytes \d+/);
});

it('needs a database to start with, but never ends the process', async () => {
  const world = await postgres.world();
  const { options } = world.recorded();
  const gone = createDatabase<Record<string, Record<string, unknown>>>(
    { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c', DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: 1_000 },
    logger,
  );
  const stream = createReplication({ ...options, pool: gone.pool, db: gone.db });
  await stream.start?.();
  await expect(stream.check()).rejects.toThrow('ECONNREFUSED');
  await stream.stop?.(AbortSignal.timeout(1_000));
  await gone.db.destroy();
});
