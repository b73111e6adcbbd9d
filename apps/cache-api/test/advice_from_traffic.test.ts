import { CacheAdvice } from '@groundwork/contracts';
import { describe, expect, it } from 'vitest';
import { createAdvice, type AdviceOptions } from '../src/domain/advice/create-advice.ts';
import { OVERHEAD_BYTES } from '../src/domain/l1.ts';
import { Served, type Service } from './support/served.ts';
import { chance, zipf } from './support/traffic.ts';

const ENTRY = 100 + OVERHEAD_BYTES;
const LARGE = 10_000 * ENTRY;

interface Traffic extends Service {
  requests: number;
  everyMs: number;
  next: (at: number) => number;
  /** A key that others change, after every so many requests. */
  changes?: { every: number; next: () => number };
  options?: Partial<AdviceOptions>;
}

async function adviceOn({ requests, everyMs, next, changes, options, ...service }: Traffic) {
  let now = 1_800_000_000_000;
  const advice = createAdvice({
    l1: { bytes: service.l1Bytes, policy: 'lru' },
    store: 'redis',
    hearsChanges: true,
    collections: () => [
      { name: 'products', hasSource: true, policy: { ttlMs: service.ttlMs, jitter: 0, swrMs: 0 } },
      { name: 'unused', hasSource: true, policy: { ttlMs: 1_000, jitter: 0, swrMs: 0 } },
    ],
    now: () => now,
    recorder: { seed: 1 },
    budgetMs: 60_000,
    ...options,
  });
  const served = new Served(service);
  for (let at = 0; at < requests; at += 1) {
    now += everyMs;
    served.ask(advice, 'products', `product-${next(at)}`, now);
    if (changes === undefined || at % changes.every !== 0) continue;
    const changed = `product-${changes.next()}`;
    advice.changed({ keys: [`products/${changed}`] });
    served.forget(changed);
  }
  const report = CacheAdvice.parse(await advice.report('products'));
  return { report, advice, served, found: report.collections[0]! };
}

/** Once a second for each of 500 keys, over an hour or two. */
const steady = (seed: number) => ({ requests: 40_000, everyMs: 200, next: zipf(500, 0.7, chance(seed)) });

describe('the advice', () => {
  it('TTL too short: a longer one', async () => {
    const { found } = await adviceOn({ ...steady(1), ttlMs: 1_000, l1Bytes: LARGE });
    const { change, why } = found.recommendation;
    expect(Object.keys(change)).toEqual(['ttlSeconds']);
    expect(change.ttlSeconds).toBeGreaterThanOrEqual(300);
    expect(why).toContain('instead of 1 s');
    expect(why).toContain('changes are heard of');
    const [present] = found.points;
    expect(present!.isPresent).toBe(true);
    expect(present!.hitRatio).toBeCloseTo(found.observed.hitRatio, 1);
  });

  it('… but not while changes of others are not heard of', async () => {
    const { found } = await adviceOn({
      ...steady(1),
      ttlMs: 1_000,
      l1Bytes: LARGE,
      options: { hearsChanges: false },
    });
    expect(found.recommendation.change).toEqual({});
    expect(found.recommendation.why).toContain('old things for longer');
    expect(found.sample.note).toContain('up to its TTL');
  });

  it('a loop that L1 is too small for: W-TinyLFU, before more memory', async () => {
    const { found } = await adviceOn({
      requests: 60_000,
      everyMs: 100,
      next: (at) => at % 2_000,
      ttlMs: 3_600_000,
      l1Bytes: 1_000 * ENTRY,
      options: { l1: { bytes: 1_000 * ENTRY, policy: 'lru' } },
    });
    expect(found.points[0]!.l1HitRatio).toBeLessThan(0.02);
    expect(found.recommendation.change).toEqual({ policy: 'w-tinylfu' });
    expect(found.recommendation.why).toContain('w-tinylfu instead of lru');
  });

  it('enough of everything: no change', async () => {
    const { found } = await adviceOn({ ...steady(2), ttlMs: 3_600_000, l1Bytes: LARGE });
    expect(found.observed.hitRatio).toBeGreaterThan(0.95);
    expect(found.recommendation.change).toEqual({});
    expect(found.recommendation.why).toContain('Nothing that was tried is better');
    expect(found.sample.confidence).toBe('good');
    expect(found.costs.recommended).toEqual(found.costs.present);
  });

  it('too little data: says so, and nothing else', async () => {
    for (const few of [
      { requests: 400, everyMs: 1_000 },
      { requests: 5_000, everyMs: 1 },
    ]) {
      const { found } = await adviceOn({ ...steady(3), ...few, ttlMs: 1_000, l1Bytes: LARGE });
      expect(found.sample.confidence).toBe('none');
      expect(found.recommendation).toEqual({ change: {}, why: expect.stringContaining('too little data') });
    }
  });

  it('a TTL that the record is too short for is shown, and not recommended', async () => {
    const { found } = await adviceOn({ ...steady(4), requests: 2_000, ttlMs: 1_000, l1Bytes: LARGE });
    const unseen = found.points.filter(({ isSeen }) => !isSeen);
    expect(new Set(unseen.map(({ ttlSeconds }) => ttlSeconds))).toEqual(new Set([300, 3_600]));
    expect(found.recommendation.change.ttlSeconds).toBe(60);
    expect(found.sample.confidence).toBe('low');
  });
});

describe('what is told of each setting', () => {
  it('staleness by TTL alone grows with it, is never longer than it, and goes away with invalidation', async () => {
    const random = chance(6);
    const { found } = await adviceOn({
      ...steady(5),
      ttlMs: 60_000,
      l1Bytes: LARGE,
      changes: { every: 20, next: zipf(500, 0.7, random) },
      options: { lag: () => ({ p50Ms: 12, p99Ms: 80 }) },
    });
    const byTtl = [1, 10, 60, 300].map((ttl) =>
      found.points.find(({ ttlSeconds, l1Bytes }) => ttlSeconds === ttl && l1Bytes === LARGE)!,
    );
    const shares = byTtl.map(({ stalenessByTtlOnly }) => stalenessByTtlOnly.share);
    expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
    for (const { ttlSeconds, stalenessByTtlOnly, staleness } of byTtl) {
      expect(stalenessByTtlOnly.p99Ms).toBeLessThanOrEqual(ttlSeconds * 1_000 * 1.03);
      expect(staleness).toEqual({ share: 0, p50Ms: 12, p99Ms: 80 });
    }
    expect(shares[3]).toBeGreaterThan(0.1);
  });

  it('tags and whole collections that change count as changes of their keys', async () => {
    for (const what of [{ tags: ['all'] }, { namespaces: ['products'] }]) {
      let now = 0;
      const advice = createAdvice({
        l1: { bytes: LARGE, policy: 'lru' },
        store: 'redis',
        hearsChanges: true,
        collections: () => [
          { name: 'products', hasSource: true, policy: { ttlMs: 300_000, jitter: 0, swrMs: 0 } },
        ],
        now: () => now,
      });
      for (let at = 0; at < 5_000; at += 1) {
        now += 1_000;
        if (at % 100 === 99) advice.changed(what);
        const hit = {
          tier: 'l1',
          state: 'hit',
          sizeBytes: 10,
          loadMs: 5,
          ageMs: 0,
          now,
          tags: ['all'],
        } as const;
        advice.record('products', `${at % 10}`, hit);
      }
      const [found] = (await advice.report())!.collections;
      // Of 100 requests between changes, the first of each of the 10 keys is loaded.
      expect(Math.abs(found!.points[0]!.loadsPerSecond - 0.1)).toBeLessThan(0.015);
    }
  });

  it('costs have formulas, and are the sum of them', async () => {
    const { found, report } = await adviceOn({ ...steady(1), ttlMs: 1_000, l1Bytes: LARGE });
    const sum = found.costs.present.reduce((total, { usd }) => total + usd, 0);
    expect(found.points[0]!.monthlyUsd).toBeCloseTo(sum, 6);
    for (const { formula } of found.costs.present) expect(formula).toMatch(/ × .*\$/);
    expect(report.prices.note).toContain('to be checked');
    const compute = found.costs.present.find(({ what }) => what === 'database, compute')!;
    const loads = found.points[0]!.loadsPerSecond;
    expect(compute.usd).toBeCloseTo(((loads * 20) / 1_000) * 4 * 730 * 0.12, 4);
  });
});

describe('a report', () => {
  it('does not hold up others, keeps to its budget, and is made once for all who ask', async () => {
    const { advice } = await adviceOn({ ...steady(1), ttlMs: 1_000, l1Bytes: LARGE });
    const first = await advice.report();
    expect((await advice.report())!.at).toBe(first!.at);
    const { report } = await adviceOn({
      ...steady(1),
      ttlMs: 1_000,
      l1Bytes: LARGE,
      options: { budgetMs: 30 },
    });
    expect(report.isComplete).toBe(false);
    expect(report.cpuMs).toBeLessThan(300);
    expect(report.collections[0]!.points.length).toBeGreaterThan(0);
  });

  it('the full grid at the default size takes less than 2 s, in slices', { timeout: 60_000 }, async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const { report } = await adviceOn({
      requests: 200_000,
      everyMs: 10,
      next: zipf(50_000, 0.9, chance(1)),
      ttlMs: 10_000,
      l1Bytes: LARGE,
    });
    clearInterval(timer);
    expect(report.isComplete).toBe(true);
    expect(report.collections[0]!.points).toHaveLength(100);
    expect(report.cpuMs).toBeLessThan(2_000);
    expect(turns).toBeGreaterThan(20);
  });

  it('of what is not there is none, and of what nobody asked for yet is empty', async () => {
    const { advice } = await adviceOn({ ...steady(1), requests: 10, ttlMs: 1_000, l1Bytes: LARGE });
    expect(await advice.report('unknown')).toBeUndefined();
    expect((await advice.report('unused'))!.collections).toEqual([]);
  });
});
