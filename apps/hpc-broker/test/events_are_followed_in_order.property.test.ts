import { randomUUID } from 'node:crypto';
import { eventually } from '@groundwork/service/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createTrail } from '../src/adapters/postgres/trail.ts';
import { useDatabases } from './support/database.ts';

const databases = useDatabases();
const JOB = randomUUID();
const MANY = 1_000;
const STEPS = ['begin', 'write', 'write', 'look', 'look', 'COMMIT', 'ROLLBACK'] as const;
const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Some transactions that take turns, and somebody who follows the events meanwhile. */
async function scene(count: number) {
  const { db, pool } = await databases.open();
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  const trail = createTrail(db);
  let seen: number[] = [];
  let after = 0;
  endings.push(() => {
    for (const client of clients) client.release(true);
  });
  return {
    begin: async (who: number) => {
      await clients[who]!.query('BEGIN');
      // Its number is that of its first write, which need not be of an event.
      await clients[who]!.query('SELECT pg_current_xact_id()');
    },
    write: async (who: number): Promise<number> => {
      const { rows } = await clients[who]!.query<{ seq: number }>(
        `INSERT INTO events (job, project, what) VALUES ($1, 'p', 'test') RETURNING seq`,
        [JOB],
      );
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
      const events = await trail.read(after, await trail.settled(), MANY);
      seen.push(...events.map(({ seq }) => seq));
      after = seen.at(-1) ?? after;
      return seen.length;
    },
  };
}

describe('whoever follows the events', () => {
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

  it('gets every event once and in order, however transactions take turns', async () => {
    const who = fc.nat({ max: 2 });
    const step = fc.record({
      do: fc.constantFrom(...STEPS),
      who,
    });
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
