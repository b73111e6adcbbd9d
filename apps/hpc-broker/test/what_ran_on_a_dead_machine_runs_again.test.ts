import type { Component } from '@groundwork/service';
import { requireLease, takeLease } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { readEngines } from '../src/adapters/postgres/engine-views.ts';
import { createLostEngines } from '../src/adapters/postgres/lost-engines.ts';
import { createWatch } from '../src/watch/compose.ts';
import { logger, useDatabases } from './support/database.ts';
import { led } from './support/engines.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const databases = useDatabases();
const watches: Component[] = [];
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop?.(AbortSignal.abort());
});
const rulesOf = () => ({ share: 1, maxCores: undefined, maxQueued: undefined });

async function scene() {
  const ledger = openLedger(await databases.open());
  const told: number[] = [];
  const watch = (): void => {
    const tell = (): void => void told.push(1);
    const one = createWatch({ db: ledger.db, rulesOf, marginSeconds: 1, everyMs: 50, tell, logger });
    watches.push(one);
    void one.start?.();
  };
  /** The time that has passed for everything that was written until now. */
  const pass = async (seconds: number): Promise<void> => {
    await sql`UPDATE leases SET expires_at = expires_at - make_interval(secs => ${seconds})
      WHERE name LIKE 'engine:%'`.execute(ledger.db);
    await sql`UPDATE engines SET seen_at = seen_at - make_interval(secs => ${seconds})`.execute(ledger.db);
  };
  const find = () => createLostEngines(ledger.db, rulesOf).find(1);
  return { ...ledger, watch, told, pass, find };
}

describe('what ran on a machine that is gone', () => {
  it('is written off once it is certainly dead, and is run again by its policy', async () => {
    const { db, submit, placeAll, running, job: read, within, watch, told, pass } = await scene();
    const lease = await led(db, { orphanSeconds: 2 }, 1);
    const { a = '' } = await submit(
      job({ array: { size: 3 }, retries: { infrastructure: 1, backoffSeconds: 0 } }),
    );
    const placed = await placeAll();
    await running(placed.slice(0, 2));
    await pass(10);
    watch();
    await eventually(async () => told.length > 0);
    const { rows } = await sql<{ cause: string; reason: string }>`SELECT cause, reason FROM attempts`.execute(
      db,
    );
    expect(rows).toHaveLength(3);
    for (const { cause, reason } of rows) {
      expect(cause).toBe('lost');
      expect(reason).toMatch(
        /^nothing was heard of local on host of local for \d+ s, so what ran there is dead$/,
      );
    }
    // The broker that was gone comes back: it may write nothing any more.
    await expect(within((tx) => requireLease(tx, lease))).rejects.toThrow('no longer held');
    expect(await read(a)).toMatchObject({ open: 3 });
    // And somebody may lead the engine again.
    expect(await takeLease(db, 'engine:local', 'another', 60)).toBeDefined();
  });

  it('is lost when its budget is used up', async () => {
    const { db, submit, placeAll, job: read, watch, pass } = await scene();
    await led(db, { orphanSeconds: 2 }, 1);
    const { a = '' } = await submit(job({ retries: { infrastructure: 0 } }));
    await placeAll();
    await pass(10);
    watch();
    await eventually(async () => (await read(a)).state === 'lost');
  });

  it('is left alone as long as it may live: until orphanSeconds, a beat and a margin after the lease and the last beat', async () => {
    const { db, submit, placeAll, find, pass } = await scene();
    await led(db, { orphanSeconds: 20 }, 10);
    await submit(job());
    await placeAll();
    await pass(30);
    expect(await find()).toEqual([]);
    await pass(3);
    expect(await find()).toMatchObject([{ name: 'local', epoch: 1, silentSeconds: expect.any(Number) }]);
  });

  it('is left alone for as long after its broker has given the lease up', async () => {
    const { db, submit, placeAll, find, pass } = await scene();
    await led(db, { orphanSeconds: 20 });
    await submit(job());
    await placeAll();
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    await pass(21);
    expect(await find()).toEqual([]);
    await pass(2);
    expect(await find()).toHaveLength(1);
  });

  it('is left alone where it goes on without a broker, as in Slurm', async () => {
    const { db, submit, placeAll, find, pass } = await scene();
    await led(db, { kind: 'slurm', orphanSeconds: 0 }, 1);
    await submit(job());
    await placeAll();
    await pass(86_400);
    expect(await find()).toEqual([]);
  });

  it('is left to its own broker when that came back a moment before', async () => {
    const { db, submit, placeAll, find, pass, elements } = await scene();
    await led(db, { orphanSeconds: 2 }, 1);
    const { a = '' } = await submit(job());
    await placeAll();
    await pass(10);
    const [lost] = await find();
    const lostEngines = createLostEngines(db, rulesOf);
    // It leads, and has left again, perhaps with its work going on.
    await led(db, { orphanSeconds: 2 });
    expect(await lostEngines.take(lost!)).toBeUndefined();
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    expect(await lostEngines.take(lost!)).toBeUndefined();
    expect(await elements(a)).toEqual(['submitted']);
  });
});

describe('an engine that has been silent for a day', () => {
  it('is not shown any more, unless something is open there', async () => {
    const { db, submit, placeAll, end, pass } = await scene();
    await led(db);
    await led(db, { name: 'other' });
    await submit(job());
    const placed = await placeAll();
    await pass(90_000);
    const lostEngines = createLostEngines(db, rulesOf);
    expect(await lostEngines.forget()).toBe(1);
    expect((await readEngines(db)).map(({ name }) => name)).toEqual(['local']);
    await end(placed, exit(0));
    expect(await lostEngines.forget()).toBe(1);
  });
});
