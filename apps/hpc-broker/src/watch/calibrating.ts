import { setTimeout as delay } from 'node:timers/promises';
import { createLeader } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { foldCalibration, readCalibration } from '../adapters/postgres/calibration.ts';
import { createTrail } from '../adapters/postgres/trail.ts';
import { factorOf, type Calibration } from '../domain/planner/calibration.ts';
import type { CalibrationBook } from '../domain/planner/settings.ts';

export interface CalibratingOptions {
  db: Kysely<unknown>;
  everyMs?: number;
  ttlSeconds?: number;
  logger: Logger;
}

export interface Calibrating {
  /** Another object once what plans would say has changed. */
  book: () => CalibrationBook;
  components: Component[];
}

const EVERY_MS = 5_000;
/**
 * Plans are made anew with each book, and kept: so one is made only when a factor has moved by a twentieth,
 * and not because one more attempt took what all take.
 */
const MOVED = 0.05;

/** One of the brokers folds what has ended into the calibration, and each reads it. */
export function createCalibrating(options: CalibratingOptions): Calibrating {
  const { db, everyMs = EVERY_MS, logger } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let known: ReadonlyMap<string, Calibration> = new Map();
  let book = bookOf(known);

  async function read(): Promise<void> {
    const now = await readCalibration(db);
    if (!hasMoved(known, now)) return;
    known = now;
    book = bookOf(now);
  }

  async function keepReading(): Promise<void> {
    while (!stopping.signal.aborted) {
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await read().catch((error: unknown) => logger.warn({ error }, 'the calibration cannot be read'));
    }
  }

  const leader = createLeader({
    db,
    name: 'calibration',
    logger,
    ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
    async lead(lease, signal) {
      const trail = createTrail(db);
      while (!signal.aborted) {
        const left = await foldCalibration(db, lease, trail);
        if (left === 0) await delay(everyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  });

  return {
    book: () => book,
    components: [
      {
        name: 'calibration',
        async start() {
          await read();
          running = keepReading();
        },
        async stop() {
          stopping.abort();
          await running;
        },
      },
      leader,
    ],
  };
}

const bookOf = (known: ReadonlyMap<string, Calibration>): CalibrationBook => ({
  of: (shape) => known.get(shape),
});

/** Whether a plan would be another one by it. */
export function hasMoved(
  before: ReadonlyMap<string, Calibration>,
  now: ReadonlyMap<string, Calibration>,
): boolean {
  for (const [shape, calibration] of now) {
    const [old, fresh] = [factorOf(before.get(shape)), factorOf(calibration)];
    if (fresh === undefined) continue;
    if (old === undefined) return true;
    if (isApart(old.median, fresh.median) || isApart(old.p90, fresh.p90)) return true;
  }
  return false;
}

const isApart = (a: number, b: number): boolean => Math.abs(a - b) > MOVED * Math.min(a, b);
