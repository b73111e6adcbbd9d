import { randomUUID } from 'node:crypto';
import { takeLease } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  foldCalibration,
  readCalibration,
  readPlannedAndActual,
} from '../src/adapters/postgres/calibration.ts';
import { wakeDue } from '../src/adapters/postgres/steer.ts';
import { createTrail } from '../src/adapters/postgres/trail.ts';
import { factorOf } from '../src/domain/planner/calibration.ts';
import { createCalibrating, hasMoved } from '../src/watch/calibrating.ts';
import { logger, useDatabases } from './support/database.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const SHAPE = '1c@local';
/** Every attempt of the ledger takes a second. */
const MODELLED_SECONDS = 0.5;
const databases = useDatabases();

async function scene() {
  const ledger = openLedger(await databases.open());
  const { db, submit, placeAll, end } = ledger;
  const chosen = {
    shape: SHAPE,
    modelledSeconds: MODELLED_SECONDS,
    attemptWorstUsd: 1,
    cost: { likely: 0.25 },
  };
  await sql`INSERT INTO plans (shape, plan) VALUES ('none', ${JSON.stringify({ chosen })}::jsonb)`.execute(
    db,
  );
  const run = async (size: number, code = 0, words: object = {}): Promise<string> => {
    const { a = '' } = await submit(job({ array: { size }, walltimeSeconds: 10, ...words }));
    await end(await placeAll(), exit(code));
    return a;
  };
  const lease = await takeLease(db, 'calibration', randomUUID(), 60);
  const trail = createTrail(db);
  const known = async () => (await readCalibration(db)).get(SHAPE);
  /** Transactions of others on the server may hold up what has just been written. */
  const fold = (observations: number) =>
    eventually(async () => {
      await foldCalibration(db, lease!, trail);
      return ((await known())?.observations ?? 0) === observations;
    });
  return { ...ledger, run, fold, known, foldOnce: () => foldCalibration(db, lease!, trail) };
}

describe('calibration', () => {
  it('takes up every attempt that has succeeded once, against what was modelled for it', async () => {
    const { run, fold, foldOnce, known } = await scene();
    await run(3);
    await fold(3);
    await run(2);
    await fold(5);
    expect(await foldOnce()).toBe(0);
    const calibration = await known();
    expect(calibration?.observations).toBe(5);
    expect(calibration?.recent).toHaveLength(5);
    for (const ratio of calibration?.recent ?? []) expect(ratio).toBeCloseTo(2, 1);
  });

  it('learns nothing from what failed, or went on from a checkpoint', async () => {
    const { run, fold, known, submit, placeAll, end, within } = await scene();
    await run(4, 1);
    const words = {
      checkpoint: { everySeconds: 60 },
      retries: { user: 1, backoffSeconds: 0 },
      array: { size: 2 },
    };
    await submit(job(words));
    await end(await placeAll(), exit(1));
    await eventually(async () => (await within((tx) => wakeDue(tx, 10))) === 2);
    await end(await placeAll(), exit(0));
    await run(2);
    await fold(2);
    expect((await known())?.observations).toBe(2);
  });

  it('keeps the latest, and counts all', async () => {
    const { run, fold, known } = await scene();
    await run(40);
    await fold(40);
    expect((await known())?.recent).toHaveLength(31);
  });

  it('is folded by nobody who does not lead any more', async () => {
    const { db, run, foldOnce, known } = await scene();
    await run(2);
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    await expect(foldOnce()).rejects.toThrow('no longer held');
    expect(await known()).toBeUndefined();
  });

  it('reaches the book that plans are made by, which is another one only when a plan would be', async () => {
    const { db, run } = await scene();
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    const { book, components } = createCalibrating({ db, everyMs: 20, logger });
    const empty = book();
    for (const one of components) await one.start?.();
    await run(5);
    await eventually(() => book() !== empty, { withinMs: 20_000 });
    const first = book();
    expect(factorOf(first.of(SHAPE))?.median).toBeCloseTo(2, 1);
    await run(5);
    await eventually(async () => (await readCalibration(db)).get(SHAPE)?.observations === 10);
    expect(book()).toBe(first);
    for (const one of components.toReversed()) await one.stop?.(AbortSignal.abort());
  });

  it.each([
    ['before five attempts', [], [1, 1, 1, 1], false],
    ['by the fifth', [1, 1, 1, 1], [1, 1, 1, 1, 1], true],
    ['by another that is like the others', [1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1.04], false],
    ['by one that is far longer', [1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 2], true],
  ])('moves %s: %j → %j, %s', (_title, before, now, moves) => {
    const book = (recent: number[]) => new Map([[SHAPE, { observations: recent.length, recent }]]);
    expect(hasMoved(book(before), book(now))).toBe(moves);
  });
});

describe('what was planned of a job', () => {
  it('is shown beside what its attempts took and cost', async () => {
    const { db, run, fold } = await scene();
    const id = await run(6);
    await fold(6);
    const shown = await readPlannedAndActual(db, id);
    expect(shown).toMatchObject({
      job: id,
      shape: SHAPE,
      modelledSeconds: MODELLED_SECONDS,
      plannedSeconds: 1,
      succeeded: 6,
      plannedUsd: 0.25,
      calibration: { observations: 6 },
    });
    expect(shown?.actualSeconds?.median).toBeCloseTo(1, 1);
    expect(shown?.calibration?.median).toBeCloseTo(2, 1);
    expect(shown?.spentUsd).toBeCloseTo(0.6, 2);
  });

  it('is shown while nothing has come of it yet', async () => {
    const { db, submit } = await scene();
    const { a = '' } = await submit(job());
    expect(await readPlannedAndActual(db, a)).toMatchObject({
      succeeded: 0,
      actualSeconds: null,
      calibration: null,
    });
    expect(await readPlannedAndActual(db, randomUUID())).toBeUndefined();
  });
});
