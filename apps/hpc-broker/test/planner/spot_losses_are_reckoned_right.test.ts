import { describe, expect, it } from 'vitest';
import {
  chanceOfMore,
  reclaimRate,
  reclaimsOfOne,
  withCheckpoints,
  withNotice,
  withoutCheckpoints,
  youngInterval,
} from '../../src/domain/planner/spot-loss.ts';

const HOUR = 3_600;
const RUNS = 20_000;

/** mulberry32, so that a run that fails can be run again. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface World {
  work: number;
  rate: number;
  restart: number;
  /** Work between two checkpoints, and what one takes. */
  interval: number;
  cost: number;
}

/** Plays one job through, second by second of chance, without any of the formulas. */
function played({ work, rate, restart, interval, cost }: World, random: () => number): number {
  let [clock, kept] = [0, 0];
  let reclaim = -Math.log(1 - random()) / rate;
  while (kept < work) {
    const piece = Math.min(interval, work - kept);
    const takes = piece + (kept + piece < work ? cost : 0);
    if (clock + takes <= reclaim) {
      clock += takes;
      kept += piece;
    } else {
      clock = reclaim + restart;
      reclaim = clock - Math.log(1 - random()) / rate;
    }
  }
  return clock;
}

function mean(world: World): number {
  const random = randoms(7);
  let sum = 0;
  for (let run = 0; run < RUNS; run++) sum += played(world, random);
  return sum / RUNS;
}

describe('What Spot takes away', () => {
  const often = { work: 10 * HOUR, rate: 1 / (20 * HOUR), restart: 2 * HOUR };

  it('is, without checkpoints, what jobs lose that are played through', () => {
    const simulated = mean({ ...often, interval: often.work, cost: 0 });
    expect(Math.abs(withoutCheckpoints(often) / simulated - 1)).toBeLessThan(0.02);
  });

  it('is, with checkpoints, what jobs lose that are played through', () => {
    const simulated = mean({ ...often, interval: HOUR / 2, cost: 60 });
    expect(Math.abs(withCheckpoints(often, HOUR / 2, 60) / simulated - 1)).toBeLessThan(0.02);
  });

  it('is least at the interval of Young', () => {
    const best = youngInterval(60, often.rate);
    const at = (interval: number): number => withCheckpoints({ ...often, restart: 0 }, interval, 60);
    expect(at(best)).toBeLessThan(at(best / 2));
    expect(at(best)).toBeLessThan(at(best * 2));
    // √(2 · 60 s · 20 h)
    expect(best).toBeCloseTo(2_939.39, 1);
  });

  it('is nothing where nothing is reclaimed, and all where more is lost than done', () => {
    expect(withoutCheckpoints({ work: 100, rate: 0, restart: 60 })).toBe(100);
    expect(withNotice({ work: 100, rate: 0, restart: 60 }, 10)).toBe(100);
    expect(withCheckpoints({ work: 1e6, rate: 1 / 100, restart: 60 }, 200, 10)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('comes at the rate that a month of the Advisor means', () => {
    // After a month at that rate nine of ten are left.
    expect(Math.exp(-reclaimRate(0.1) * 730 * HOUR)).toBeCloseTo(0.9, 12);
  });

  it('comes more often than a budget with the chance of Poisson', () => {
    expect(chanceOfMore(0, 0.1)).toBeCloseTo(1 - Math.exp(-0.1), 12);
    expect(chanceOfMore(2, 1)).toBeCloseTo(1 - Math.exp(-1) * 2.5, 12);
    expect(chanceOfMore(1_000, 1)).toBe(0);
  });

  it('hits one of many elements more often than each', () => {
    // P(any) is 0.01 of one, and so 1 of 100: one reclaim has to be reckoned with, and hardly two.
    expect(reclaimsOfOne(1, 0.01, 0.1)).toBe(0);
    expect(reclaimsOfOne(100, 0.01, 0.1)).toBe(1);
    expect(reclaimsOfOne(10_000, 0.01, 0.1)).toBe(2);
    // Where they are bounded and not counted any more it is nearly the same.
    expect(reclaimsOfOne(100, 699, 0.1)).toBeGreaterThan(699 + 3 * Math.sqrt(699));
    expect(reclaimsOfOne(100, 701, 0.1) / reclaimsOfOne(100, 699, 0.1)).toBeLessThan(1.05);
    expect(reclaimsOfOne(100, 701, 0.1)).toBeGreaterThan(reclaimsOfOne(100, 699, 0.1));
    expect(reclaimsOfOne(1, Number.POSITIVE_INFINITY, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('leaves nine of ten arrays done by the high end, as jobs show that are played through', () => {
    const elements = 200;
    const world = { work: HOUR, rate: 1 / (50 * HOUR), restart: 600, interval: HOUR / 4, cost: 10 };
    const hits = reclaimsOfOne(
      elements,
      world.rate * withCheckpoints(world, world.interval, world.cost),
      0.1,
    );
    const high =
      withCheckpoints({ ...world, rate: 0 }, world.interval, world.cost) +
      hits * (world.interval + world.cost + world.restart);
    const random = randoms(11);
    let late = 0;
    for (let run = 0; run < 500; run++) {
      const last = Math.max(...Array.from({ length: elements }, () => played(world, random)));
      if (last > high) late++;
    }
    expect(late / 500).toBeLessThan(0.1);
    expect(hits).toBeGreaterThan(0);
  });
});
