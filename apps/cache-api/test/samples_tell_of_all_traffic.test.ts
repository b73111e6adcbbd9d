import { describe, expect, it } from 'vitest';
import { Recorder } from '../src/domain/advice/recorder.ts';
import { replay, type Scenario } from '../src/domain/advice/replay.ts';
import { residence, type L1Setting } from '../src/domain/advice/residence.ts';
import { traceOf, type Trace } from '../src/domain/advice/trace.ts';
import { POLICIES } from '../src/domain/eviction/policy.ts';
import { OVERHEAD_BYTES } from '../src/domain/l1.ts';
import { atOnce } from './support/at-once.ts';
import { Served } from './support/served.ts';
import { chance, times, zipf } from './support/traffic.ts';

const EVENTS = 65_536;
const ENTRY = 100 + OVERHEAD_BYTES;
const TIMES = { l1: Float32Array.of(0.03), store: Float32Array.of(0.6) };
const answer = { tier: 'l1', state: 'hit', sizeBytes: 100, loadMs: 5, ageMs: 0 } as const;

function replayed(trace: Trace, more: Partial<Scenario & L1Setting>) {
  const l1 = { l1Bytes: 1_000 * ENTRY, policy: 'lru', trustsL1: true, ...more } as const;
  const scenario = { ttlMs: 3_600_000, swrMs: 0, hasStore: true, isInvalidated: true, ...more };
  return atOnce(replay(trace, scenario, atOnce(residence(trace, l1)), TIMES));
}

describe('memory', () => {
  it('stays bounded under ten million different keys', { timeout: 120_000 }, () => {
    const recorder = new Recorder({ events: EVENTS, seed: 1 });
    let most = 0;
    for (let at = 0; at < 10_000_000; at += 1) {
      recorder.record('products', `product-${at}`, { ...answer, now: at, tags: [`tag-${at}`] });
      if (at % 10_000 === 0) {
        const { sample } = recorder.of('products')!;
        most = Math.max(most, sample.events.length, sample.keys);
        expect(sample.remembered).toBeLessThanOrEqual(EVENTS);
      }
    }
    expect(most).toBeLessThanOrEqual(EVENTS);
    const { sample } = recorder.of('products')!;
    expect(sample.events.kind.length).toBeLessThanOrEqual(EVENTS);
    expect(sample.events.length).toBeGreaterThan(EVENTS / 4);
  });

  it('is bounded in collections too', () => {
    const recorder = new Recorder({ seed: 1 });
    for (let at = 0; at < 1_000; at += 1) recorder.record(`name-${at}`, 'a', { ...answer, now: at });
    expect(
      times(1_000, (at) => (recorder.of(`name-${at}`) === undefined ? 0 : 1)).filter(Boolean),
    ).toHaveLength(256);
  });

  it('changes of what nobody asks for are not kept, nor more than one between two requests', () => {
    const recorder = new Recorder({ seed: 1 });
    recorder.record('products', '1', { ...answer, now: 0, tags: ['a'] });
    for (let at = 1; at < 1_000; at += 1) {
      recorder.changed(
        { keys: ['products/1', `products/x${at}`], tags: ['a', 'b'], namespaces: ['products'] },
        at,
      );
    }
    expect(recorder.of('products')!.sample.events.length).toBe(4);
  });
});

describe.each([1, 2])("Zipf's law, sample %i", (seed) => {
  const KEYS = 50_000;
  const next = zipf(KEYS, 0.9, chance(seed));
  const PER_MS = 0.5;
  const keys = times(400_000, next);

  it(
    'the hit ratio of a sample is within 2 points of the exact one, for each policy and size',
    { timeout: 60_000 },
    () => {
      const recorder = new Recorder({ events: EVENTS, seed });
      const first = new Served({ ttlMs: 3_600_000, l1Bytes: 1_000 * ENTRY });
      keys.forEach((key, at) => first.ask(recorder, 'products', `product-${key}`, at / PER_MS));
      const trace = atOnce(traceOf(recorder.of('products')!.sample));
      expect(trace.rate).toBeLessThanOrEqual(0.25);
      const from = trace.time[trace.from]! * PER_MS;
      for (const policy of POLICIES) {
        for (const entries of [1_000, 5_000, 20_000]) {
          const exact = new Served({ ttlMs: 3_600_000, l1Bytes: entries * ENTRY, policy });
          keys.forEach((key, at) => {
            if (at === Math.round(from)) exact.reset();
            exact.ask({ record: () => {} }, '', `product-${key}`, at / PER_MS);
          });
          const { l1, store, source } = exact.counts;
          const found = replayed(trace, { policy, l1Bytes: entries * ENTRY });
          const name = `${policy} ${entries}`;
          expect(Math.abs(found.l1HitRatio - l1 / (l1 + store + source)), name).toBeLessThan(0.02);
        }
      }
    },
  );

  it('and so are loads, for each TTL', () => {
    const recorder = new Recorder({ events: EVENTS, seed });
    const first = new Served({ ttlMs: 60_000, l1Bytes: 1_000 * ENTRY });
    keys.forEach((key, at) => first.ask(recorder, 'products', `product-${key}`, at / PER_MS));
    const trace = atOnce(traceOf(recorder.of('products')!.sample));
    const from = trace.time[trace.from]! * PER_MS;
    for (const ttlMs of [1_000, 10_000, 60_000, 300_000]) {
      const exact = new Served({ ttlMs, l1Bytes: 1_000 * ENTRY });
      keys.forEach((key, at) => {
        if (at === Math.round(from)) exact.reset();
        exact.ask({ record: () => {} }, '', `product-${key}`, at / PER_MS);
      });
      const { l1, store, source } = exact.counts;
      const found = replayed(trace, { ttlMs });
      const error = Math.abs(found.hitRatio - (l1 + store) / (l1 + store + source));
      // Of what is loaded every second, a few keys are most: that is what the standard error is for.
      if (ttlMs > 1_000) expect(error, `${ttlMs}`).toBeLessThan(0.02);
      expect(error, `${ttlMs}`).toBeLessThan(2 * found.hitRatioError + 0.01);
    }
  });
});
