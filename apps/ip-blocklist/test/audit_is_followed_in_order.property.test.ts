import { eventually } from '@groundwork/service/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { useService } from './support/service.ts';

const service = useService();
const MANY = 1_000;
const STEPS = ['begin', 'write', 'write', 'look', 'look', 'COMMIT', 'ROLLBACK'] as const;
const WRITE = `INSERT INTO audit (actor, what) VALUES ('test', 'test') RETURNING seq`;
const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Some transactions that take turns, and somebody who follows the audit trail meanwhile. */
async function scene(count: number) {
  const { pool } = service.database;
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  let seen: number[] = [];
  let after = 0;
  endings.push(() => {
    for (const client of clients) client.release(true);
  });
  return {
    begin: async (who: number) => {
      await clients[who]!.query('BEGIN');
      // Its number is that of its first write, which need not be of a record.
      await clients[who]!.query('SELECT pg_current_xact_id()');
    },
    write: async (who: number): Promise<number> => {
      const { rows } = await clients[who]!.query<{ seq: number }>(WRITE);
      return rows[0]!.seq;
    },
    end: (who: number, how: 'COMMIT' | 'ROLLBACK') => clients[who]!.query(how),
    /** All that was seen since the last time. */
    takeSeen: () => {
      const all = seen;
      seen = [];
      return all;
    },
    /** How many were seen since then. */
    look: async () => {
      const records = await service.entries.audit({}, after, MANY);
      seen.push(...records.map(({ seq }) => seq));
      after = seen.at(-1) ?? after;
      return seen.length;
    },
  };
}

describe('whoever follows the audit trail', () => {
  it('gets a record at once when nobody else writes', async () => {
    const { write, look, takeSeen } = await scene(1);
    const only = await write(0);
    // Others on the same server may be at work.
    await eventually(async () => (await look()) === 1);
    expect(takeSeen()).toEqual([only]);
  });

  it('gets one that was numbered first and committed last before the others', async () => {
    const { begin, write, end, look, takeSeen } = await scene(2);
    await begin(0);
    await begin(1);
    const first = await write(0);
    const second = await write(1);
    await end(1, 'COMMIT');
    expect(await look()).toBe(0);
    expect(await look()).toBe(0);
    await end(0, 'COMMIT');
    await eventually(async () => (await look()) === 2);
    expect(takeSeen()).toEqual([first, second]);
  });

  it('does so too when the later number is that of the older transaction', async () => {
    const { begin, write, end, look, takeSeen } = await scene(2);
    await begin(0);
    await begin(1);
    const first = await write(1);
    const second = await write(0);
    await end(0, 'COMMIT');
    expect(await look()).toBe(0);
    expect(await look()).toBe(0);
    await end(1, 'COMMIT');
    await eventually(async () => (await look()) === 2);
    expect(takeSeen()).toEqual([first, second]);
  });

  it('does so too when its transaction began with the number, and has written nothing yet', async () => {
    const { write, look, takeSeen } = await scene(1);
    const { pool } = service.database;
    const lock = await pool.connect();
    endings.push(() => lock.release(true));
    await lock.query('SELECT pg_advisory_lock(1)');
    // A sequence makes a transaction of whoever takes every 32nd number.
    const before = await write(0);
    await eventually(async () => (await look()) === 1);
    // The values of a row are made in the order of its columns: seq comes first.
    const slow = pool.query<{ seq: number }>(
      `INSERT INTO audit (actor, what, detail) VALUES ('test', 'test', to_jsonb(pg_advisory_xact_lock(1)::text)) RETURNING seq`,
    );
    await eventually(async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
         WHERE locktype = 'advisory' AND NOT granted`,
      );
      return rowCount === 1;
    });
    const second = await write(0);
    expect(await look()).toBe(1);
    expect(await look()).toBe(1);
    await lock.query('SELECT pg_advisory_unlock(1)');
    const first = (await slow).rows[0]!.seq;
    expect(first).toBeLessThan(second);
    await eventually(async () => (await look()) === 3);
    expect(takeSeen()).toEqual([before, first, second]);
  });

  it('is not held up by numbers that were given to nobody', async () => {
    const { begin, write, end, look, takeSeen } = await scene(2);
    await begin(0);
    await write(0);
    await begin(1);
    const only = await write(1);
    await end(0, 'ROLLBACK');
    await end(1, 'COMMIT');
    await eventually(async () => (await look()) === 1);
    expect(takeSeen()).toEqual([only]);
  });

  it('gets all of it also when several ask at the same time', async () => {
    const asked = Array.from({ length: 50 }, async (_, at) => {
      if (at % 10 === 0) await service.database.pool.query(WRITE);
      return service.entries.audit({}, 0, MANY);
    });
    // Each has the beginning of the trail, without a hole.
    for (const records of await Promise.all(asked)) {
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
    }
    await eventually(async () => (await service.entries.audit({}, 0, MANY)).length === 5);
  });

  it('gets every record once and in order, however transactions take turns', async () => {
    const step = fc.record({ do: fc.constantFrom(...STEPS), who: fc.nat({ max: 2 }) });
    const { begin, write, end, look, takeSeen } = await scene(3);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
        const open = new Map<number, number[]>();
        const committed: number[] = [];
        const start = async (one: number) => {
          if (open.has(one)) return;
          await begin(one);
          open.set(one, []);
        };
        const finish = async (one: number, how: 'COMMIT' | 'ROLLBACK') => {
          await end(one, how);
          if (how === 'COMMIT') committed.push(...open.get(one)!);
          open.delete(one);
        };
        for (const { do: what, who: one } of steps) {
          if (what === 'look') await look();
          else if (what === 'begin') await start(one);
          else if (what === 'write') {
            await start(one);
            open.get(one)!.push(await write(one));
          } else if (open.has(one)) await finish(one, what);
        }
        for (const one of open.keys()) await finish(one, 'COMMIT');
        await eventually(async () => (await look()) >= committed.length, { withinMs: 2_000 });
        expect(takeSeen()).toEqual(committed.toSorted((a, b) => a - b));
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});
