import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { createNotify, type Notify, type NotifyOptions } from '../src/invalidation/notify.ts';
import { dropNotify } from '../src/invalidation/notify-triggers.ts';
import { plain, useLoggingPostgres, type Seen, type World } from './support/postgres.ts';

const postgres = useLoggingPostgres();
const COLUMNS = { 'public.orders': ['id', 'customer', 'paid', 'at'] };

async function listen(
  world: World,
  overrides: Partial<NotifyOptions> = {},
): Promise<{ notify: Notify; seen: Seen }> {
  const { options, seen } = world.recorded();
  const notify = createNotify({ ...options, columns: COLUMNS, heartbeatMs: 200, ...overrides });
  await notify.start?.();
  world.later(async () => notify.stop?.(AbortSignal.timeout(1_000)));
  await eventually(() => notify.check().then(() => true), { what: 'the notifications' });
  return { notify, seen };
}

const changes = (seen: Seen, count: number): Promise<unknown[]> =>
  eventually(() => seen.changes.length >= count && seen.changes.map(plain), { what: `${count} changes` });

const listenerPid = async ({ admin, name }: World): Promise<number | undefined> => {
  const { rows } = await admin.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
    [`groundwork-cache ${name}`],
  );
  return rows[0]?.pid;
};

describe('notifications become changes', () => {
  it('of each kind, written as in the log, with what was before', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await world.sql(`INSERT INTO orders VALUES (1, 'ann', 'untold', 1, '2026-01-02 03:04:05+02', true)`);
    await world.sql(`UPDATE orders SET id = 2, customer = NULL`);
    await world.sql('DELETE FROM orders');
    await world.sql('TRUNCATE orders');
    const first = { id: '1', customer: 'ann', paid: 't', at: '2026-01-02 01:04:05+00' };
    const second = { ...first, id: '2', customer: null };
    const table = 'public.orders';
    expect(await changes(seen, 4)).toEqual([
      { kind: 'insert', table, after: first },
      { kind: 'update', table, before: first, after: second },
      { kind: 'delete', table, before: second },
      { kind: 'truncate', table },
    ]);
    expect(seen.commits.every(({ version, own }) => version === 0n && own.length === 0)).toBe(true);
  });

  it('of other roles and replicated writes too, in order, and not of what was rolled back', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await world.sql('BEGIN; INSERT INTO orders (id) VALUES (1); ROLLBACK');
    await world.admin.query(
      'BEGIN; INSERT INTO orders (id) VALUES (2), (3); DELETE FROM orders WHERE id = 2; COMMIT',
    );
    await world.admin.query(`SET session_replication_role = replica; INSERT INTO orders (id) VALUES (4)`);
    await world.admin.query('RESET session_replication_role');
    expect(await changes(seen, 4)).toMatchObject([
      { kind: 'insert', after: { id: '2' } },
      { kind: 'insert', after: { id: '3' } },
      { kind: 'delete', before: { id: '2' } },
      { kind: 'insert', after: { id: '4' } },
    ]);
  });

  it('as a truncate, when they are too long or a column is gone: the writer never fails', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await world.sql(`INSERT INTO orders (id, customer) VALUES (1, repeat('ä', 4000))`);
    await world.sql('ALTER TABLE orders RENAME COLUMN paid TO settled');
    await world.sql('INSERT INTO orders (id) VALUES (2)');
    expect(await changes(seen, 2)).toEqual([
      { kind: 'truncate', table: 'public.orders' },
      { kind: 'truncate', table: 'public.orders' },
    ]);
  });

  it('only when everybody sees them', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    const writer = await world.database.pool.connect();
    world.later(async () => writer.release(true));
    world.later(() => world.holdCommits(false));
    await world.holdCommits(true);
    const committed = writer.query('SET synchronous_commit = on; INSERT INTO orders (id) VALUES (1)');
    await eventually(
      async () =>
        (
          await world.sql(
            `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()`,
          )
        ).length >= 1,
    );
    await world.sql('SELECT pg_sleep(0.5)');
    expect(seen.commits).toEqual([]);
    await world.holdCommits(false);
    await committed;
    await changes(seen, 1);
    expect(seen.reasons).toHaveLength(1);
  });

  it('on every instance', async () => {
    const world = await postgres.world();
    const all = await Promise.all([listen(world), listen(world), listen(world)]);
    await world.sql('INSERT INTO orders (id) VALUES (1)');
    for (const { seen } of all) await changes(seen, 1);
  });

  it('again and again until they are applied', async () => {
    const world = await postgres.world();
    let calls = 0;
    await listen(world, {
      apply: async () => {
        calls += 1;
        if (calls < 3) throw new Error('the store is gone');
      },
    });
    await world.sql('INSERT INTO orders (id) VALUES (1)');
    await eventually(() => calls === 3);
  });

  it('and what anybody else writes to the channel is left alone', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    for (const text of [
      '',
      'x',
      '{}',
      '{"k":"insert","t":"public.orders"}',
      '{"k":"truncate","t":"other"}',
    ]) {
      await world.sql('SELECT pg_notify($1, $2)', [world.name, text]);
    }
    await world.sql('TRUNCATE orders');
    expect(await changes(seen, 1)).toEqual([{ kind: 'truncate', table: 'public.orders' }]);
  });
});

describe('everything is invalidated', () => {
  it('once more, when a transaction was under way that the queue may have forgotten', async () => {
    const world = await postgres.world();
    const first = await listen(world);
    await first.notify.stop?.(AbortSignal.timeout(1_000));
    const writer = await world.database.pool.connect();
    world.later(async () => writer.release(true));
    world.later(() => world.holdCommits(false));
    await world.holdCommits(true);
    const committed = writer.query('SET synchronous_commit = on; INSERT INTO orders (id) VALUES (1)');
    await eventually(
      async () =>
        (
          await world.sql(
            `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()`,
          )
        ).length >= 1,
    );
    const { seen } = await listen(world);
    expect(seen.all).toHaveLength(1);
    await world.holdCommits(false);
    await committed;
    await eventually(() => seen.all.length === 2);
  });

  it('at the start, and until that has succeeded nothing is said to be followed', async () => {
    const world = await postgres.world();
    let failures = 2;
    const seen: string[] = [];
    const { notify } = await listen(world, {
      applyAll: async (reason) => {
        seen.push(reason);
        if (failures-- > 0) throw new Error('the store is gone');
      },
    });
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(await notify.status()).toMatchObject({ mode: 'notify', connected: true });
  });

  it('when the connection was lost', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await world.admin.query('SELECT pg_terminate_backend($1)', [await listenerPid(world)]);
    await eventually(() => seen.reasons.length === 2);
    expect(seen.reasons[1]).toBe('notifications were missed while there was no connection');
    await world.sql('INSERT INTO orders (id) VALUES (1)');
    await changes(seen, 1);
  });

  it.runIf(postgres.isOurs)('when the connection is dead without having been closed', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    const pid = (await listenerPid(world)) as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually(() => seen.reasons.length === 2, { withinMs: 5_000 });
      await world.sql('INSERT INTO orders (id) VALUES (1)');
      await changes(seen, 1);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it.runIf(postgres.isOurs)('when Postgres was restarted', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await postgres.restart();
    await eventually(() => seen.reasons.length === 2);
    await world.sql('INSERT INTO orders (id) VALUES (1)');
    await changes(seen, 1);
  });

  it('when a table was made anew, and so had no triggers', async () => {
    const world = await postgres.world();
    const { seen } = await listen(world);
    await world.sql(
      'CREATE TABLE other (LIKE orders); DROP TABLE orders; ALTER TABLE other RENAME TO orders',
    );
    await eventually(() => seen.reasons.length === 2, { withinMs: 15_000 });
    await world.sql('INSERT INTO orders (id) VALUES (1)');
    await changes(seen, 1);
  });
});

describe('the triggers', () => {
  const triggers = async ({ sql }: World): Promise<unknown> =>
    (await sql(`SELECT count(*)::int AS n FROM pg_trigger WHERE NOT tgisinternal`))[0]?.['n'];

  it('follow what is declared, and are removed', async () => {
    const world = await postgres.world();
    await world.sql('CREATE TABLE items (id int)');
    const first = await listen(world);
    await first.notify.stop?.(AbortSignal.timeout(1_000));
    expect(await triggers(world)).toBe(2);
    const second = await listen(world, { columns: { ...COLUMNS, 'public.items': ['id'] } });
    expect(await triggers(world)).toBe(4);
    await second.notify.stop?.(AbortSignal.timeout(1_000));
    await dropNotify(world.database.pool, world.name);
    await dropNotify(world.database.pool, world.name); // there is nothing to drop
    expect(await triggers(world)).toBe(0);
    expect(await world.sql('SELECT FROM pg_namespace WHERE nspname = $1', [world.name])).toEqual([]);
  });

  it('are refused, in words, where they would not notice everything', async () => {
    const world = await postgres.world();
    await world.sql(`CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE SCHEMA theirs`);
    const problem = async (columns: Record<string, string[]>, name = world.name): Promise<void> => {
      const notify = createNotify({ ...world.recorded().options, name, columns });
      await notify.start?.();
      try {
        await eventually(async () => {
          await expect(notify.check()).rejects.not.toThrow('first connection');
          return true;
        });
        await notify.check();
      } finally {
        await notify.stop?.(AbortSignal.timeout(1_000));
      }
    };
    await expect(problem({ 'public.parts': ['id'] })).rejects.toThrow('need the replication mode');
    await expect(problem({ 'public.nowhere': ['id'] })).rejects.toThrow('There is no table public.nowhere');
    await expect(problem({ 'public.orders': ['nothing'] })).rejects.toThrow('has no column nothing');
    await expect(problem(COLUMNS, 'theirs')).rejects.toThrow("The schema theirs is another's");
  });
});
