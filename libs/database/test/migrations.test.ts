import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IDEMPOTENCY_KEYS, LEASES, migrate } from '../src/index.ts';
import { silent, usePostgres } from './support/databases.ts';

const postgres = usePostgres();
let dir: string;
let folder: URL;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'migrations-'));
  folder = pathToFileURL(`${dir}/`);
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (name: string, sql: string) => writeFileSync(join(dir, name), sql);

describe('migrations', () => {
  it('are applied in order, once, also when several processes start together', async () => {
    write('0001-things.sql', 'CREATE TABLE things (id int PRIMARY KEY)');
    write('0002-first.sql', 'INSERT INTO things VALUES (1); INSERT INTO things VALUES (2);');
    const { pool } = await postgres.create();
    await Promise.all(
      Array.from({ length: 4 }, () => migrate(pool, { folder, shared: [LEASES, IDEMPOTENCY_KEYS] }, silent)),
    );
    write('0003-more.sql', 'INSERT INTO things VALUES (3)');
    await migrate(pool, { folder, shared: [LEASES, IDEMPOTENCY_KEYS] }, silent);
    expect((await pool.query('SELECT id FROM things ORDER BY id')).rows).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('that were applied must not change', async () => {
    write('0001-things.sql', 'CREATE TABLE things (id int)');
    const { pool } = await postgres.create();
    await migrate(pool, { folder }, silent);
    write('0001-things.sql', 'CREATE TABLE things (id bigint)');
    await expect(migrate(pool, { folder }, silent)).rejects.toThrow(
      'The migration 0001-things.sql was changed after it had been applied: undo the change and add a new file',
    );
  });

  it('of a newer version are left alone', async () => {
    write('0001-things.sql', 'CREATE TABLE things (id int)');
    write('0002-newer.sql', 'ALTER TABLE things ADD newer int');
    const { pool } = await postgres.create();
    await migrate(pool, { folder }, silent);
    rmSync(join(dir, '0002-newer.sql'));
    await migrate(pool, { folder }, silent);
    expect((await pool.query('SELECT newer FROM things')).rows).toEqual([]);
  });

  it('that fail leave nothing behind, and those before them stay', async () => {
    write('0001-things.sql', 'CREATE TABLE things (id int)');
    write('0002-broken.sql', 'INSERT INTO things VALUES (1); INSERT INTO nowhere VALUES (1);');
    const { pool } = await postgres.create();
    await expect(migrate(pool, { folder }, silent)).rejects.toThrow(
      'The migration 0002-broken.sql failed: relation "nowhere" does not exist',
    );
    expect((await pool.query('SELECT * FROM things')).rows).toEqual([]);
    write('0002-broken.sql', 'INSERT INTO things VALUES (2)');
    await migrate(pool, { folder }, silent);
    expect((await pool.query('SELECT * FROM things')).rows).toEqual([{ id: 2 }]);
  });

  it('wait for a table that is in use, without making others wait behind them for long', async () => {
    write('0001-things.sql', 'CREATE TABLE things (id int)');
    const { pool } = await postgres.create();
    await migrate(pool, { folder }, silent);
    const user = await pool.connect();
    await user.query('BEGIN; LOCK TABLE things IN ACCESS SHARE MODE');
    write('0002-more.sql', 'ALTER TABLE things ADD more int');
    let done = false;
    const migrating = migrate(pool, { folder }, silent).then(() => (done = true));
    // Behind a waiting ALTER even readers queue; they get through when it gives up for a moment.
    await pool.query('SELECT pg_sleep(0.5)');
    await pool.query('SELECT * FROM things');
    expect(done).toBe(false);
    await user.query('COMMIT');
    user.release();
    await migrating;
    expect((await pool.query('SELECT more FROM things')).rows).toEqual([]);
  });

  it('must have names that sort', async () => {
    write('1.sql', 'SELECT 1');
    const { pool } = await postgres.create();
    await expect(migrate(pool, { folder }, silent)).rejects.toThrow(
      '1.sql must be named like 0001-entries.sql',
    );
  });
});
