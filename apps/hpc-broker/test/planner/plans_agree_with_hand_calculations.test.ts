import { describe, expect, it } from 'vitest';
import { JOBS } from './jobs.ts';
import { planFor } from './support.ts';

const planOf = (name: string) => planFor(JOBS[name]!.job, JOBS[name]!.engines);

describe('Kept plans agree with what was reckoned by hand', () => {
  it('weather on EFA: eight hpc7g.16xlarge and Lustre', () => {
    const { chosen } = planOf('weather-mpi-on-efa');
    // 180 s to start and 7,200 s of work are 2.05 h; 8 × 2.05 h × 1.6832 USD.
    expect(chosen.compute.likely).toBeCloseTo(27.6045, 4);
    // 2,000 MiB/s are 2,097.152 MB/s, at 500 MB/s per TiB 4.194 TiB: two steps of 2,400 GiB.
    // 4,800 GB × 0.34 USD = 1,632 USD a month, × 2.05 h / 730 h.
    expect(chosen.storage[0]?.cost.likely).toBeCloseTo(4.583, 4);
    expect(chosen.cost.likely).toBeCloseTo(32.1875, 4);
    // An attempt that takes all of walltime is the high end of the plan, and the most that is paid for one.
    expect(chosen.attemptWorstUsd).toBeCloseTo(chosen.cost.high, 9);
    // 1 and 3 for infrastructure; none for Spot.
    expect(chosen.worstCaseUsd).toBeCloseTo(4 * chosen.cost.high, 9);
  });

  it('a risk array on Spot: losses, checkpoints and 1,000 cores', () => {
    const { chosen } = planOf('risk-array-on-spot');
    // 7,200 s at a speed of 1.15 are 6,260.87 s, and 6.957 checkpoints of 10 s: 6,330.43 s.
    // λ = −ln 0.9 / 2,628,000 s = 4.00917e-8; λ(450 s + 180 s) = 2.52578e-5; 6,330.43 / 0.9999747 = 6,330.59 s.
    expect(chosen.attempt.likely).toBeCloseTo(6_330.59, 1);
    // With 180 s to start 1.80850 h; 250 × 0.15952 USD × 0.35.
    expect(chosen.cost.likely).toBeCloseTo(25.243, 2);
    // One at a time at most: 600 + 14,400 + 60 s of a quarter of an instance at the price of On-Demand.
    expect(chosen.attemptWorstUsd).toBeCloseTo((15_060 / 3_600) * (0.15952 / 4), 6);
  });

  it('genomics with 200 TB on premises: DataSync, S3, 400 volumes and 400 instances', () => {
    const { chosen } = planOf('genomics-200-tb');
    // 200e12 B are 186,264.5 GB: × 0.0125 = 2,328.31, × 0.023 = 4,284.08; 2,980,233 parts of 64 MiB: 14.90.
    expect(chosen.transfer?.cost.likely).toBeCloseTo(6_627.29, 2);
    // 1.6e15 bit / 7.5e9 bit/s = 213,333 s, and four hours for the agent.
    expect(chosen.transfer?.time.likely).toBeCloseTo(227_733.3, 1);
    // 18,000 s at 1.15 are 15,652.17 s; (2.49428e7 + 180) × (e^(6.27520e-4) − 1) = 15,657.2 s; + 180 s = 4.39922 h.
    // 400 × 500 GB × 0.08 = 16,000 USD a month, × 4.39922 / 730.
    expect(chosen.storage[0]?.cost.likely).toBeCloseTo(96.421, 2);
    // 400 × 0.71808 USD × 0.35 × 4.39922 h.
    expect(chosen.compute.likely).toBeCloseTo(442.26, 2);
    expect(chosen.cost.likely).toBeCloseTo(7_165.97, 2);
    // At 20 % a month 36,000 s meet 0.0031 reclaims: of 400 elements one is hit, at worst just before its end.
    // 86,400 s and 1.6e15 bit / 7e9 bit/s = 314,971.4 s, 600 s, and 36,000 + 36,000 + 600 s.
    expect(chosen.time.high).toBeCloseTo(314_971.4 + 600 + 72_600, 0);
  });

  it('io-heavy: each IOPS of io2 by the tier that it is in', () => {
    const { chosen } = planOf('io-heavy');
    // 32,000 × 0.065 + 32,000 × 0.046 + 136,000 × 0.032 and 1,000 GB × 0.125 are 8,029 USD a month.
    // 180 s and 7,200 s / 1.15 are 1.789130 h: × 8,029 / 730.
    expect(chosen.storage[0]?.cost.likely).toBeCloseTo(19.6777, 3);
  });
});
