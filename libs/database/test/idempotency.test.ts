import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  forgetOldKeys,
  IDEMPOTENCY_KEYS,
  IdempotencyKeyReused,
  inTransaction,
  once,
  type Database,
} from '../src/index.ts';
import { usePostgres, type Any } from './support/databases.ts';

const postgres = usePostgres();
let database: Database<Any>;
beforeEach(async () => {
  database = await postgres.create();
  await database.pool.query(`${IDEMPOTENCY_KEYS.sql}; CREATE TABLE things (id serial, name text)`);
});

const create = (key: string, name: string) =>
  database.db.transaction().execute((tx) =>
    once(tx, { scope: 'POST /things', key, request: { name } }, async () => {
      const { rows } = await sql<{
        id: number;
      }>`INSERT INTO things (name) VALUES (${name}) RETURNING id`.execute(tx);
      if (name === 'broken') throw new Error('broken');
      return { id: rows[0]?.id, name };
    }),
  );
const count = async () =>
  (await database.pool.query('SELECT count(*)::int AS n FROM things')).rows[0] as { n: number };

describe('an idempotency key', () => {
  it('has its request done once, however often and at the same time it comes', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create('k', 'a')));
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await count()).toEqual({ n: 1 });
  });

  it('is refused for another request', async () => {
    await create('k', 'a');
    await expect(create('k', 'b')).rejects.toThrow(IdempotencyKeyReused);
    expect((await create('l', 'b')).repeated).toBe(false);
  });

  it('is free again when its request failed', async () => {
    await expect(create('k', 'broken')).rejects.toThrow('broken');
    expect((await create('k', 'a')).repeated).toBe(false);
    expect(await count()).toEqual({ n: 1 });
  });

  it('is forgotten after a day', async () => {
    await create('k', 'a');
    await database.db.transaction().execute(forgetOldKeys);
    expect((await create('k', 'a')).repeated).toBe(true);
    await database.pool.query(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'`);
    await database.db.transaction().execute(forgetOldKeys);
    expect((await create('k', 'a')).repeated).toBe(false);
  });
});

describe('a transaction', () => {
  it('that cannot be put in order with another one is done again', async () => {
    await database.pool.query(`INSERT INTO things (name) VALUES ('0')`);
    const increment = () =>
      inTransaction(
        database.db,
        async (tx) => {
          const { rows } = await sql<{ name: string }>`SELECT name FROM things`.execute(tx);
          await sql`UPDATE things SET name = ${String(Number(rows[0]?.name) + 1)}`.execute(tx);
        },
        { isolation: 'serializable' },
      );
    await Promise.all(Array.from({ length: 3 }, increment));
    expect((await database.pool.query('SELECT name FROM things')).rows).toEqual([{ name: '3' }]);
  });

  it('that fails otherwise is not', async () => {
    let attempts = 0;
    const failing = inTransaction(database.db, () => {
      attempts += 1;
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(attempts).toBe(1);
  });
});
