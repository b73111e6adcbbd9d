import { sql } from 'kysely';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, provisionDatabase } from '../src/index.ts';
import { silent, usePostgres, type Any } from './support/databases.ts';

const postgres = usePostgres();

describe('a service', () => {
  it('has a database and a role of its own, and may not enter another', async () => {
    const name = `mine_${Date.now()}`;
    const url = await provisionDatabase(postgres.adminUrl(), { name, password: "it's secret" });
    const { pool } = postgres.open(url);
    expect((await pool.query('SELECT current_user, current_database()')).rows).toEqual([
      { current_user: name, current_database: name },
    ]);
    await pool.query('CREATE TABLE things (id int)');
    const other = new URL(await postgres.createUrl());
    Object.assign(other, { username: name, password: "it's secret" });
    const intruder = new Client({ connectionString: other.href });
    await expect(intruder.connect()).rejects.toThrow('permission denied for database');
  });

  it('is provisioned again without harm, and with a new password if it has one', async () => {
    const name = `again_${Date.now()}`;
    const before = postgres.open(await provisionDatabase(postgres.adminUrl(), { name, password: 'one' }));
    await before.pool.query('CREATE TABLE things (id int)');
    const after = postgres.open(await provisionDatabase(postgres.adminUrl(), { name, password: 'two' }));
    expect((await after.pool.query('SELECT * FROM things')).rows).toEqual([]);
  });
});

it('a start makes the database if that is its task, and waits for a server that is not there yet', async () => {
  const name = `late_${Date.now()}`;
  const url = new URL(postgres.adminUrl());
  Object.assign(url, { username: name, password: 'p', pathname: `/${name}` });
  const { component, pool } = createDatabase<Any>(
    {
      DATABASE_URL: url.href,
      DATABASE_ADMIN_URL: postgres.adminUrl(),
      DATABASE_POOL_SIZE: 2,
      DATABASE_TIMEOUT_MS: 1_000,
    },
    silent,
  );
  await component.start?.();
  expect((await pool.query('SELECT current_database() AS name')).rows).toEqual([{ name }]);
  await component.stop?.(AbortSignal.timeout(1_000));
});

describe('a connection', () => {
  it('gives whole numbers as numbers, and refuses those that would be rounded', async () => {
    const { pool } = await postgres.create();
    expect((await pool.query('SELECT 9007199254740991::bigint AS n, count(*) AS c')).rows).toEqual([
      { n: Number.MAX_SAFE_INTEGER, c: 1 },
    ]);
    await expect(pool.query('SELECT 9007199254740993::bigint')).rejects.toThrow('not a safe integer');
  });

  it('cancels what takes too long', async () => {
    const { db } = postgres.open(await postgres.createUrl(), 200);
    await expect(sql`SELECT pg_sleep(5)`.execute(db)).rejects.toThrow(
      'canceling statement due to statement timeout',
    );
  });

  it('that the server ends is replaced', async () => {
    const database = await postgres.create();
    await database.check();
    const admin = new Client({ connectionString: postgres.adminUrl() });
    await admin.connect();
    const { rows } = await database.pool.query('SELECT current_database() AS name');
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      (rows[0] as { name: string }).name,
    ]);
    await admin.end();
    await expect.poll(() => database.check().then(() => 'ok')).toBe('ok');
  });
});

it('a connection that the server ends in the middle of a transaction fails that transaction and nothing else', async () => {
  const { db, pool } = await postgres.create();
  const transaction = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await expect
      .poll(() =>
        sql`SELECT 1`.execute(tx).then(
          () => 'ok',
          () => 'failed',
        ),
      )
      .toBe('failed');
    throw new Error('given up');
  });
  // It has many names: reset, terminated, not queryable.
  const outcome = await transaction.then(
    () => 'committed',
    () => 'failed',
  );
  expect(outcome).toBe('failed');
  expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
});
