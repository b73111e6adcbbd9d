import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { postpone } from '../src/adapters/postgres/place.ts';
import { cancel, hold, release, requeue, wakeDue } from '../src/adapters/postgres/steer.ts';
import { useDatabases } from './support/database.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const NOTHING = { element: 0, cores: 1, memoryMiB: 0, gpus: 0, seconds: 1 };
const databases = useDatabases();
const ledger = async () => openLedger(await databases.open());

describe('a job', () => {
  it('is ready, is placed, runs and succeeds, and each of that is told', async () => {
    const { submit, placeAll, running, end, job: read, events } = await ledger();
    const { a = '' } = await submit(job());
    expect(await read(a)).toMatchObject({ state: 'ready', open: 1 });
    const placed = await placeAll();
    expect(placed).toMatchObject([{ job: a, element: 0, number: 1, spec: { command: ['true'] } }]);
    expect((await read(a)).state).toBe('submitted');
    await running(placed);
    expect((await read(a)).state).toBe('running');
    await end(placed, exit(0));
    expect(await read(a)).toEqual({ state: 'succeeded', reason: null, open: 0 });
    expect(await events(a)).toEqual(['job.accepted', 'attempt.running', 'attempt.ended', 'job.succeeded']);
  });

  it('is placed once, however many look for work at the same time', async () => {
    const { submit, placeAll } = await ledger();
    for (let index = 0; index < 20; index += 1) await submit(job({ name: `a${index}` }));
    const all = (await Promise.all([placeAll(), placeAll(), placeAll(), placeAll()])).flat();
    expect(all).toHaveLength(20);
    expect(new Set(all.map((one) => one.job)).size).toBe(20);
  });

  it('that fails is tried again after a while, as often as its budget allows, and then says why it failed', async () => {
    const { submit, placeAll, end, job: read, elements, within } = await ledger();
    const { a = '' } = await submit(job({ retries: { user: 1, backoffSeconds: 0 } }));
    await end(await placeAll(), exit(7));
    expect(await elements(a)).toEqual(['pending']);
    expect(await placeAll()).toEqual([]);
    expect(await within((tx) => wakeDue(tx, 10))).toBe(1);
    const second = await placeAll();
    expect(second).toMatchObject([{ number: 2 }]);
    await end(second, exit(7));
    expect(await read(a)).toMatchObject({
      state: 'failed',
      reason: 'it exited with 7; retries.user is used up: 1',
    });
  });

  it('has a budget for each kind of failure', async () => {
    const { submit, placeAll, end, job: read, within } = await ledger();
    const { a = '' } = await submit(
      job({ retries: { user: 0, infrastructure: 1, preemption: 1, backoffSeconds: 0 } }),
    );
    await end(await placeAll(), { by: 'lost', reason: 'its host is gone' });
    await within((tx) => wakeDue(tx, 10));
    await end(await placeAll(), { by: 'preemption', reason: 'Host EC2 (instance i-1) terminated.' });
    await within((tx) => wakeDue(tx, 10));
    await end(await placeAll(), { by: 'lost', reason: 'its host is gone' });
    expect(await read(a)).toMatchObject({
      state: 'lost',
      reason: expect.stringContaining('retries.infrastructure'),
    });
  });

  it('does not heed what is said of an attempt that is over, or by an engine that has not got it', async () => {
    const { submit, placeAll, end, job: read } = await ledger();
    const { a = '' } = await submit(job());
    const placed = await placeAll();
    expect(await end(placed, exit(1), 'another')).toEqual([]);
    await end(placed, exit(0));
    expect(await end(placed, exit(1))).toEqual([]);
    expect((await read(a)).state).toBe('succeeded');
  });

  it('counts what its project has used', async () => {
    const { submit, placeAll, end, db } = await ledger();
    await submit(job({ project: 'climate', resources: { cores: 4 } }));
    await end(await placeAll(), exit(0));
    const { rows } = await sql<{ project: string; core_seconds: number }>`SELECT * FROM usage`.execute(db);
    expect(rows).toMatchObject([{ project: 'climate' }]);
    expect(rows[0]?.core_seconds).toBeCloseTo(4, 0);
  });
});

describe('a job that waits for others', () => {
  it('runs when they have succeeded, and is cancelled, with what waits for it, when they have not', async () => {
    const { submit, placeAll, end, job: read } = await ledger();
    const chain = {
      name: 'chain',
      jobs: [
        job({ name: 'c', dependsOn: [{ job: 'b' }] }),
        job({ name: 'b', dependsOn: [{ job: 'a' }] }),
        job({ name: 'a' }),
        job({ name: 'sorry', dependsOn: [{ job: 'a', when: 'afternotok' }] }),
        job({ name: 'anyway', dependsOn: [{ job: 'c', when: 'afterany' }] }),
      ],
    };
    const good = await submit(chain);
    await end(await placeAll(), exit(0));
    expect((await read(good['sorry']!)).state).toBe('cancelled');
    const second = await placeAll();
    expect(second.map((one) => one.spec.name)).toEqual(['b']);
    await end(second, exit(0));
    await end(await placeAll(), exit(0));
    expect((await placeAll()).map((one) => one.spec.name)).toEqual(['anyway']);

    const bad = await submit(chain);
    await end(await placeAll(), exit(1));
    expect(await read(bad['b']!)).toMatchObject({
      state: 'cancelled',
      reason: 'it was to run after a had succeeded, which ended failed',
    });
    expect((await read(bad['c']!)).state).toBe('cancelled');
    expect((await placeAll()).map((one) => one.spec.name).toSorted()).toEqual(['anyway', 'sorry']);
  });

  it('may be accepted when they have ended already', async () => {
    const { submit, placeAll, end, job: read } = await ledger();
    const { a = '' } = await submit(job());
    await end(await placeAll(), exit(0));
    const { b = '' } = await submit(job({ name: 'b', dependsOn: [{ job: a }] }));
    expect((await read(b)).state).toBe('ready');
    const { c = '' } = await submit(job({ name: 'c', dependsOn: [{ job: a, when: 'afternotok' }] }));
    expect((await read(c)).state).toBe('cancelled');
  });

  it('is not accepted when there is no such job, and neither is what came with it', async () => {
    const { submit, db } = await ledger();
    const nobody = '00000000-0000-7000-8000-000000000000';
    await expect(submit(job({ dependsOn: [{ job: nobody }] }))).rejects.toThrow(`There is no job ${nobody}`);
    expect((await sql`SELECT 1 FROM jobs`.execute(db)).rows).toEqual([]);
  });

  it('waits element by element where it says so', async () => {
    const { submit, placeAll, end, elements } = await ledger();
    const array = { size: 3 };
    const { b = '' } = await submit({
      name: 'two',
      jobs: [job({ name: 'a', array }), job({ name: 'b', array, dependsOn: [{ job: 'a', each: true }] })],
    });
    const placed = await placeAll();
    await end(placed.slice(1, 2), exit(0));
    expect(await elements(b)).toEqual(['pending', 'ready', 'pending']);
    await end(placed.slice(2), exit(1));
    expect(await elements(b)).toEqual(['pending', 'ready', 'cancelled']);
  });
});

describe('an array', () => {
  it('runs only so many elements at once as it says', async () => {
    const { submit, placeAll, end, job: read } = await ledger();
    const { a = '' } = await submit(job({ array: { size: 5, atOnce: 2 } }));
    const first = await placeAll();
    expect(first.map((one) => one.element)).toEqual([0, 1]);
    await end(first.slice(0, 1), exit(0));
    expect((await placeAll()).map((one) => one.element)).toEqual([2]);
    expect(await read(a)).toMatchObject({ state: 'submitted', open: 4 });
  });

  it('has failed when one of its elements has, but not before all have ended', async () => {
    const { submit, placeAll, end, job: read } = await ledger();
    const { a = '' } = await submit(job({ array: { size: 3 } }));
    const placed = await placeAll();
    await end(placed.slice(0, 2), (one) => exit(one.element));
    expect(await read(a)).toMatchObject({ state: 'submitted', open: 1 });
    await end(placed.slice(2), exit(0));
    expect(await read(a)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('exited with 1'),
    });
  });
});

describe('a job with a cap', () => {
  it('never has more under way than it could pay for, and fails when nothing more can be paid', async () => {
    const { submit, plan, placeAll, end, job: read, elements } = await ledger();
    // One second of a walltime of 10 s: each attempt costs a tenth of its worst case, 0.1 USD.
    await plan({ attemptWorstUsd: 1 });
    const { a = '' } = await submit(job({ array: { size: 30 }, walltimeSeconds: 10, maxCostUsd: 2.25 }));
    let ran = 0;
    for (let placed = await placeAll(); placed.length > 0; placed = await placeAll()) {
      const spent = ran * 0.1;
      expect(spent + placed.length).toBeLessThanOrEqual(2.25);
      ran += placed.length;
      await end(placed, exit(0));
    }
    expect(ran).toBe(13);
    expect(await read(a)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/USD are spent .* more than maxCostUsd, 2.25/),
    });
    expect((await elements(a)).filter((state) => state === 'failed')).toHaveLength(17);
  });
});

describe('a gang', () => {
  it('that waited for its nodes in vain lets others go first, and is ready again afterwards', async () => {
    const { submit, within, job: read, placeAll } = await ledger();
    const { a = '' } = await submit(job({ mpi: { nodes: 2, ranksPerNode: 1, gangTimeoutSeconds: 1 } }));
    const gang = { ...NOTHING, job: a, project: 'default', gangTimeoutMs: 1 };
    await within((tx) => postpone(tx, gang));
    expect(await placeAll()).toEqual([]);
    await eventually(() => within((tx) => wakeDue(tx, 10)).then((woken) => woken === 1));
    expect(await read(a)).toMatchObject({ state: 'ready' });
    expect(await placeAll()).toHaveLength(1);
  });
});

describe('somebody', () => {
  it('cancels what has not begun at once, and what runs when its engine has ended it', async () => {
    const { submit, placeAll, end, job: read, elements, within } = await ledger();
    const { a = '' } = await submit(job({ array: { size: 3, atOnce: 1 } }));
    const placed = await placeAll();
    await within((tx) => cancel(tx, a, 'ann'));
    expect(await elements(a)).toEqual(['submitted', 'cancelled', 'cancelled']);
    await end(placed, { by: 'cancel' });
    expect(await read(a)).toMatchObject({ state: 'cancelled', open: 0 });
    expect(await within((tx) => cancel(tx, a, 'ann'))).toMatchObject({ changed: false });
  });

  it('cancels a job that fails meanwhile: it is not tried again', async () => {
    const { submit, placeAll, end, job: read, within } = await ledger();
    const { a = '' } = await submit(job({ retries: { user: 5 } }));
    const placed = await placeAll();
    await within((tx) => cancel(tx, a, 'ann'));
    await end(placed, exit(143));
    expect((await read(a)).state).toBe('cancelled');
  });

  it('holds a job back and releases it', async () => {
    const { submit, placeAll, within } = await ledger();
    const { a = '' } = await submit(job());
    await within((tx) => hold(tx, a, 'ann'));
    expect(await placeAll()).toEqual([]);
    await within((tx) => release(tx, a, 'ann'));
    expect(await placeAll()).toHaveLength(1);
  });

  it('runs again what did not succeed, and only that', async () => {
    const { submit, placeAll, end, elements, job: read, within } = await ledger();
    const { a = '' } = await submit(job({ array: { size: 2 } }));
    await end(await placeAll(), (one) => exit(one.element));
    await within((tx) => requeue(tx, a, 'ann'));
    expect(await elements(a)).toEqual(['succeeded', 'ready']);
    const again = await placeAll();
    expect(again).toMatchObject([{ element: 1, number: 2 }]);
    await end(again, exit(0));
    expect(await read(a)).toEqual({ state: 'succeeded', reason: null, open: 0 });
  });
});
