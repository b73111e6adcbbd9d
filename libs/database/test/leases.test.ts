import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createLeader,
  giveUpLease,
  LEASES,
  LostLease,
  renewLease,
  requireLease,
  takeLease,
  type Database,
  type Lease,
} from '../src/index.ts';
import { silent, usePostgres, type Any } from './support/databases.ts';
import { startProxy } from './support/lossy_proxy.ts';

const postgres = usePostgres();
let url: string;
let database: Database<Any>;
beforeEach(async () => {
  url = await postgres.createUrl();
  database = postgres.open(url);
  await database.pool.query(
    `${LEASES.sql}; CREATE TABLE written (epoch int, at timestamptz DEFAULT clock_timestamp())`,
  );
});

describe('a lease', () => {
  it('is taken by one of many', async () => {
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) => takeLease(database.db, 'x', `holder ${i}`, 60)),
    );
    expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect(await takeLease(database.db, 'y', 'other', 60)).toMatchObject({ epoch: 1 });
  });

  it('goes to the next when it has expired or was given up, with a higher epoch', async () => {
    const first = await takeLease(database.db, 'x', 'a', 0);
    const second = await takeLease(database.db, 'x', 'b', 60);
    expect([first?.epoch, second?.epoch]).toEqual([1, 2]);
    expect(await renewLease(database.db, first as Lease, 60)).toBe(false);
    expect(await renewLease(database.db, second as Lease, 60)).toBe(true);
    await giveUpLease(database.db, first as Lease);
    expect(await takeLease(database.db, 'x', 'c', 60)).toBeUndefined();
    await giveUpLease(database.db, second as Lease);
    expect(await takeLease(database.db, 'x', 'c', 60)).toMatchObject({ epoch: 3 });
  });

  it('fences: a transaction of an older epoch is refused, and one that has begun is waited for', async () => {
    const first = (await takeLease(database.db, 'x', 'a', 0.3)) as Lease;
    const { promise: written, resolve: letCommit } = Promise.withResolvers<void>();
    const slow = database.db.transaction().execute(async (tx) => {
      await requireLease(tx, first);
      await written;
      await sql`INSERT INTO written VALUES (${first.epoch})`.execute(tx);
    });
    // The lease runs out meanwhile, but nobody can take it before that transaction has ended.
    const next = eventually(() => takeLease(database.db, 'x', 'b', 60));
    const order: string[] = [];
    void next.then(() => order.push('taken'));
    await sql`SELECT pg_sleep(0.6)`.execute(database.db);
    order.push('committed');
    letCommit();
    await slow;
    expect((await next).epoch).toBe(2);
    expect(order).toEqual(['committed', 'taken']);
    await expect(database.db.transaction().execute((tx) => requireLease(tx, first))).rejects.toThrow(
      LostLease,
    );
  });
});

describe('of several leaders', () => {
  const stopped: ReturnType<typeof createLeader>[] = [];
  afterEach(async () => {
    for (const one of stopped.splice(0)) await one.stop?.(AbortSignal.timeout(1_000));
  });
  const leader = (db: Database<Any>['db'], lead: (lease: Lease, signal: AbortSignal) => Promise<void>) => {
    const one = createLeader({ db, name: 'x', logger: silent, ttlSeconds: 0.6, lead });
    stopped.push(one);
    void one.start?.();
    return one;
  };
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('one works, and another one goes on when it stops', async () => {
    const working = new Set<number>();
    let together = 0;
    const lead = (id: number) => async (_lease: Lease, signal: AbortSignal) => {
      working.add(id);
      together = Math.max(together, working.size);
      await untilAborted(signal);
      working.delete(id);
    };
    const leaders = [1, 2, 3].map((id) => leader(database.db, lead(id)));
    for (let i = 0; i < 3; i++) {
      const [id] = await eventually(() => (working.size === 1 ? [...working] : undefined));
      await leaders[(id ?? 0) - 1]?.stop?.(AbortSignal.timeout(1_000));
    }
    expect(together).toBe(1);
  });

  it('one that is stopped while it takes the lease does not begin', async () => {
    const one = leader(database.db, () => new Promise(() => {}));
    await one.stop?.(AbortSignal.timeout(1_000));
    expect(one.lease).toBeUndefined();
  });

  it('one that cannot reach the database stops before another begins', async () => {
    const proxy = await startProxy(url);
    const events: string[] = [];
    const far = postgres.open(proxy.url, 300);
    leader(far.db, async (_lease, signal) => {
      events.push('far begins');
      await untilAborted(signal);
      events.push('far ends');
    });
    await eventually(() => events.length === 1);
    leader(database.db, async (_lease, signal) => {
      events.push('near begins');
      await untilAborted(signal);
    });
    proxy.cut();
    await eventually(() => events.includes('near begins'));
    expect(events).toEqual(['far begins', 'far ends', 'near begins']);
    proxy.close();
  });

  it('work that fails is begun again', async () => {
    let begun = 0;
    leader(database.db, async (_lease, signal) => {
      begun += 1;
      if (begun === 1) throw new Error('failed');
      await untilAborted(signal);
    });
    await eventually(() => begun === 2);
  });
});
