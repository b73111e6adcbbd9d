import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hitRatio, hitRatios, hitRatioTable } from '../bench/hit-ratios.ts';
import { BoundedMap } from '../src/domain/eviction/bounded-map.ts';
import { POLICIES, type PolicyName } from '../src/domain/eviction/policy.ts';
import { references } from './support/reference-policies.ts';
import { chance, times, zipf } from './support/traffic.ts';

const data = process.env['BENCH_DATA'];

const ratiosOf = (trace: readonly number[], entries: number) =>
  Object.fromEntries(POLICIES.map((policy) => [policy, hitRatio(trace, policy, entries)])) as Record<
    (typeof POLICIES)[number],
    number
  >;

describe('a loop that is larger than the cache', () => {
  it('never hits with LRU and SIEVE, and about as much as there is room for with W-TinyLFU', () => {
    const ratios = ratiosOf(
      times(200_000, (at) => at % 1_000),
      500,
    );
    expect(ratios.lru).toBe(0);
    expect(ratios.sieve).toBe(0);
    expect(ratios['w-tinylfu']).toBeGreaterThan(0.4);
    expect(ratios['w-tinylfu']).toBeLessThanOrEqual(0.5);
  });
});

describe("requests by Zipf's law", () => {
  const next = zipf(10_000, 0.9, chance(1));
  const trace = times(300_000, next);

  it('are hit more often by each of the others than by LRU, and never more than the best keys allow', () => {
    const ratios = ratiosOf(trace, 500);
    const counts = new Map<number, number>();
    for (const key of trace) counts.set(key, (counts.get(key) ?? 0) + 1);
    const best = [...counts.values()].toSorted((a, b) => b - a).slice(0, 500);
    const bound = best.reduce((sum, count) => sum + count, 0) / trace.length;
    for (const policy of ['sieve', 's3-fifo', 'w-tinylfu'] as const) {
      expect(ratios[policy], policy).toBeGreaterThan(ratios.lru + 0.03);
      expect(ratios[policy], policy).toBeLessThan(bound);
    }
    expect(bound - ratios['w-tinylfu']).toBeLessThan(0.05);
  });

  it('with scans of keys that never come again between: LRU loses most', () => {
    let fresh = 1_000_000;
    const scanned = times(300_000, (at) => (at % 5_000 < 2_500 ? fresh++ : next()));
    const ratios = ratiosOf(scanned, 500);
    for (const policy of ['sieve', 's3-fifo', 'w-tinylfu'] as const) {
      expect(ratios[policy], policy).toBeGreaterThan(ratios.lru + 0.03);
    }
  });
});

describe('the algorithms of the papers, written down as they stand there', () => {
  const next = zipf(3_000, 0.8, chance(3));
  const trace = times(60_000, (at) => (at % 7 === 0 ? 10_000 + (at % 700) : next()));

  it.each(Object.entries(references))('%s hits at the same requests', (policy, reference) => {
    for (const entries of [50, 200, 1_000]) {
      const cache = new BoundedMap<true, number>(entries, policy as PolicyName);
      const isHit = reference(entries);
      trace.forEach((key, at) => {
        const here = cache.get(key) === true;
        if (!here) cache.set(key, true, 1);
        if (here !== isHit(key)) throw new Error(`request ${at} with ${entries} entries differs`);
      });
    }
  });
});

describe.skipIf(data === undefined)('web07.trace of BENCH_DATA', () => {
  it('at 500: S3-FIFO before SIEVE before W-TinyLFU before LRU, as with web12', () => {
    const rows = hitRatios(join(data!, 'web07.trace'), [500]);
    const { lru, sieve, 's3-fifo': s3, 'w-tinylfu': tinylfu } = rows[0]!.ratios;
    expect([s3 > sieve, sieve > tinylfu, tinylfu > lru]).toEqual([true, true, true]);
    expect([lru, sieve, s3, tinylfu].map((ratio) => Math.round(100 * ratio))).toEqual([46, 49, 50, 48]);
    expect(hitRatioTable(rows).split('\n')).toHaveLength(2);
  });
});
