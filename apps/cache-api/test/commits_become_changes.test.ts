import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { plain, useLoggingPostgres, type Seen } from './support/postgres.ts';

const postgres = useLoggingPostgres();

const changes = (seen: Seen, count: number): Promise<unknown[]> =>
  eventually(() => seen.changes.length >= count && seen.changes.map(plain), { what: `${count} changes` });

describe('a commit becomes changes', () => {
  it('of each kind, with values as Postgres writes them', async () => {
    const { sql, follow } = await postgres.world();
    const { seen } = await follow();
    await sql(`INSERT INTO orders VALUES (1, 'ann', NULL, 12.50, '2026-01-02 03:04:05+02', true)`);
    await sql(`UPDATE orders SET customer = 'bob' WHERE id = 1`);
    await sql('DELETE FROM orders');
    await sql('TRUNCATE orders');
    const row = {
      id: '1',
      customer: 'ann',
      note: null,
      total: '12.50',
      at: '2026-01-02 01:04:05+00',
      paid: 't',
    };
    const table = 'public.orders';
    expect(await changes(seen, 4)).toEqual([
      { kind: 'insert', table, after: row },
      { kind: 'update', table, before: undefined, after: { ...row, customer: 'bob' } },
      { kind: 'delete', table, before: { id: '1' } },
      { kind: 'truncate', table },
    ]);
  });

  it('with the key before, when the key changes, and all of the row with REPLICA IDENTITY FULL', async () => {
    const { sql, follow } = await postgres.world();
    const { seen } = await follow();
    await sql(`INSERT INTO orders VALUES (1, 'ann')`);
    await sql('UPDATE orders SET id = 2');
    await sql('ALTER TABLE orders REPLICA IDENTITY FULL');
    await sql(`UPDATE orders SET customer = 'bob'`);
    await sql('DELETE FROM orders');
    const rest = { note: null, total: null, at: null, paid: null };
    expect((await changes(seen, 4)).slice(1)).toMatchObject([
      { kind: 'update', before: { id: '1' }, after: { id: '2', customer: 'ann' } },
      { kind: 'update', before: { id: '2', customer: 'ann', ...rest }, after: { id: '2', customer: 'bob' } },
      { kind: 'delete', before: { id: '2', customer: 'bob', ...rest } },
    ]);
    expect(plain(seen.changes[1])).toHaveProperty('before', { id: '1' });
  });

  it('without a large value that was left alone and that the log does not have', async () => {
    const { sql, follow } = await postgres.world();
    await sql('ALTER TABLE orders ALTER COLUMN note SET STORAGE EXTERNAL');
    const { seen } = await follow();
    const note = 'x'.repeat(10_000);
    await sql(`INSERT INTO orders (id, note) VALUES (1, $1)`, [note]);
    await sql(`UPDATE orders SET customer = 'bob'`);
    await sql('ALTER TABLE orders REPLICA IDENTITY FULL');
    await sql(`UPDATE orders SET customer = 'eve'`);
    const [, unknown, known] = (await changes(seen, 3)) as { after: Record<string, unknown> }[];
    expect(unknown?.after).not.toHaveProperty('note');
    expect(unknown?.after).toMatchObject({ customer: 'bob', total: null });
    expect(known?.after).toMatchObject({ customer: 'eve', note });
  });

  it('in the order of the statements and of the commits, and nothing that was rolled back', async () => {
    const { database, follow } = await postgres.world();
    const { seen } = await follow();
    const first = await database.pool.connect();
    const second = await database.pool.connect();
    try {
      await first.query('BEGIN; INSERT INTO orders (id) VALUES (1), (2)');
      await second.query(
        'BEGIN; INSERT INTO orders (id) VALUES (3); DELETE FROM orders WHERE id = 3; COMMIT',
      );
      await second.query('BEGIN; INSERT INTO orders (id) VALUES (4); ROLLBACK');
      await second.query(
        'BEGIN; SAVEPOINT a; INSERT INTO orders (id) VALUES (5); ROLLBACK TO a; INSERT INTO orders (id) VALUES (6); COMMIT',
      );
      await first.query('DELETE FROM orders WHERE id = 1; COMMIT');
    } finally {
      first.release();
      second.release();
    }
    const ids = (await changes(seen, 6)).map((change) => {
      const { kind, after, before } = change as {
        kind: string;
        after?: { id: string };
        before?: { id: string };
      };
      return `${kind} ${(after ?? before)?.id}`;
    });
    expect(ids).toEqual(['insert 3', 'delete 3', 'insert 6', 'insert 1', 'insert 2', 'delete 1']);
    const versions = seen.commits.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(versions[0]).toBeGreaterThan(0n);
  });

  it('with what the writer tells of itself in the same transaction', async () => {
    const { sql, follow } = await postgres.world();
    const { seen } = await follow();
    await sql(`BEGIN; INSERT INTO orders (id) VALUES (1);
      SELECT pg_logical_emit_message(true, 'groundwork-cache', 'known äö');
      SELECT pg_logical_emit_message(true, 'another', 'not ours'); COMMIT`);
    await sql(`SELECT pg_logical_emit_message(true, 'groundwork-cache', 'alone')`);
    await sql(`SELECT pg_logical_emit_message(false, 'groundwork-cache', 'outside')`);
    await sql(`BEGIN; SELECT pg_logical_emit_message(true, 'groundwork-cache', 'undone'); ROLLBACK`);
    await sql('DELETE FROM orders');
    await changes(seen, 2);
    expect(seen.commits.map(({ own }) => own)).toEqual([['known äö'], ['alone'], []]);
  });

  it('under the name of the table that was declared, for partitions and heirs, also those made later', async () => {
    const { sql, follow } = await postgres.world();
    await sql(`CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)`);
    const tables = ['public.orders', 'public.parts'];
    const { seen, stream } = await follow({ tables });
    await sql('INSERT INTO parts VALUES (1); TRUNCATE part_1');
    expect(await changes(seen, 2)).toEqual([
      { kind: 'insert', table: 'public.parts', after: { id: '1' } },
      { kind: 'truncate', table: 'public.parts' },
    ]);
    await sql('CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (20)');
    await sql('INSERT INTO parts VALUES (11)');
    expect((await changes(seen, 4)).slice(2)).toEqual(tables.map((table) => ({ kind: 'truncate', table })));
    await eventually(() => seen.reasons.includes('the declared tables have other partitions or heirs'), {
      withinMs: 15_000,
    });
    await eventually(() => stream.check().then(() => true));
    await sql('INSERT INTO parts VALUES (12)');
    expect((await changes(seen, 5)).at(-1)).toMatchObject({ kind: 'insert', table: 'public.parts' });
  });

  it('as one truncate per table, when there are more than anybody wants to know', async () => {
    const { sql, follow } = await postgres.world();
    await sql('CREATE TABLE items (id int PRIMARY KEY)');
    const { seen } = await follow({ tables: ['public.orders', 'public.items'] });
    await sql(`BEGIN; INSERT INTO items SELECT generate_series(1, 200000);
      INSERT INTO orders (id) SELECT generate_series(1, 3);
      SELECT pg_logical_emit_message(true, 'groundwork-cache', 'kept'); COMMIT`);
    expect(await changes(seen, 2)).toEqual([
      { kind: 'truncate', table: 'public.items' },
      { kind: 'truncate', table: 'public.orders' },
    ]);
    expect(seen.commits[0]?.own).toEqual(['kept']);
  });
});

describe('a commit is applied', () => {
  it('again and again until it succeeds, and confirmed only then', async () => {
    const { sql, follow, slot } = await postgres.world();
    const { promise: hanging, resolve: letGo } = Promise.withResolvers<void>();
    const calls: number[] = [];
    const { seen, stream } = await follow({
      apply: async (batch) => {
        calls.push(batch.length);
        if (calls.length < 3) throw new Error('the store is gone');
        await hanging;
        seen.batches.push(batch);
      },
    });
    await sql('INSERT INTO orders (id) VALUES (1)');
    const [written] = await sql('SELECT pg_current_wal_lsn()::text AS lsn');
    await eventually(() => calls.length === 3);
    await sql('INSERT INTO orders (id) VALUES (2)');
    await sql('INSERT INTO orders (id) VALUES (3)');
    const isConfirmed = async (): Promise<boolean> => {
      const [row] = await sql('SELECT $1::pg_lsn >= $2::pg_lsn AS done', [
        (await slot())?.['confirmed_flush_lsn'],
        written?.['lsn'],
      ]);
      return row?.['done'] === true;
    };
    // Two of the stream's own reports go by meanwhile.
    await sql('SELECT pg_sleep(2.5)');
    expect(await isConfirmed()).toBe(false);
    expect(seen.batches).toEqual([]);
    letGo();
    await eventually(isConfirmed);
    // What has gathered meanwhile comes at once.
    await eventually(() => seen.commits.length === 3);
    expect(calls).toEqual([1, 1, 1, 2]);
    const { lag, leader, lastCommitAt } = await stream.status();
    expect(leader).toBe(true);
    expect(lag.count).toBe(3);
    expect(lag.p99Ms).toBeGreaterThan(2_000);
    expect(Math.abs((lastCommitAt ?? 0) - Date.now())).toBeLessThan(30_000);
  });

  it('although it is large and much waits: reading stops, and the server is still answered', async () => {
    const { sql, follow } = await postgres.world();
    const { promise: hanging, resolve: letGo } = Promise.withResolvers<void>();
    const { seen } = await follow({
      apply: async (batch) => {
        await hanging;
        seen.batches.push(batch);
      },
    });
    // 60 MB in 60 transactions: more than is taken before reading stops.
    for (let i = 0; i < 60; i++) {
      await sql(`INSERT INTO orders (id, note) VALUES ($1, $2)`, [i, String(i % 10).repeat(1_000_000)]);
    }
    const sent = async (): Promise<unknown> =>
      (
        await sql(
          `SELECT sent_lsn, pid FROM pg_stat_replication WHERE application_name LIKE 'groundwork-cache%'`,
        )
      )[0];
    const before = await eventually(async () => {
      const one = JSON.stringify(await sent());
      await sql('SELECT pg_sleep(1)');
      return one === JSON.stringify(await sent()) && one;
    });
    letGo();
    await eventually(() => seen.commits.length === 60);
    expect(seen.batches.length).toBeGreaterThan(2);
    // The same connection all the time.
    expect(((await sent()) as { pid: number }).pid).toBe((JSON.parse(before) as { pid: number }).pid);
  });

  it('only when everybody sees it', async () => {
    const { sql, admin, follow, holdCommits, database, later } = await postgres.world();
    // Leases are commits too: this one must not have to be renewed meanwhile.
    const { seen } = await follow({ ttlSeconds: 60 });
    const walsender = async (): Promise<Record<string, unknown> | undefined> =>
      (
        await sql(
          `SELECT pid, sent_lsn::text AS sent FROM pg_stat_replication WHERE application_name LIKE 'groundwork-cache%'`,
        )
      )[0];
    const began = await walsender();
    const writer = await database.pool.connect();
    later(async () => writer.release(true));
    later(() => holdCommits(false));
    await holdCommits(true);
    const committed = writer.query('SET synchronous_commit = on; INSERT INTO orders (id) VALUES (1)');
    await eventually(
      async () =>
        (
          await admin.query(
            `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()`,
          )
        ).rowCount === 1,
    );
    // It was decoded and sent: the log until here has been.
    const [now] = await sql('SELECT pg_current_wal_lsn()::text AS lsn');
    await eventually(async () => {
      const [row] = await sql('SELECT $1::pg_lsn >= $2::pg_lsn AS sent', [
        (await walsender())?.['sent'],
        now?.['lsn'],
      ]);
      return row?.['sent'];
    });
    await sql('SELECT pg_sleep(1)');
    expect(await sql('SELECT id FROM orders')).toEqual([]);
    expect(seen.commits).toEqual([]);
    await holdCommits(false);
    await committed;
    await eventually(() => seen.commits.length === 1);
    expect(await sql('SELECT id FROM orders')).toEqual([{ id: 1 }]);
    expect((await walsender())?.['pid']).toBe(began?.['pid']);
  });
});
