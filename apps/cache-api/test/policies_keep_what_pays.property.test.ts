import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap, type Gone } from '../src/domain/eviction/bounded-map.ts';
import { FrequencySketch } from '../src/domain/eviction/frequency-sketch.ts';
import { Ghosts } from '../src/domain/eviction/ghosts.ts';
import { POLICIES } from '../src/domain/eviction/policy.ts';
import { chance } from './support/traffic.ts';

const MAX_BYTES = 60;

const key = fc.integer({ min: 0, max: 30 }).map((number) => `key-${number}`);
const steps = fc.array(
  fc.oneof(
    {
      weight: 60,
      arbitrary: fc.record({ kind: fc.constant('set' as const), key, size: fc.integer({ min: 1, max: 10 }) }),
    },
    { weight: 40, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  ),
  { minLength: 1, maxLength: 300, size: 'max' },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

/** A map that forgets nothing by itself: what the other one still has must be in it, and be the same. */
class Model {
  readonly values = new Map<string, { value: number; size: number }>();
  readonly gone = new Map<number, Gone>();

  left(value: number, at: string, why: Gone): void {
    if (this.gone.has(value)) throw new Error(`value ${value} left twice`);
    this.gone.set(value, why);
    if (this.values.get(at)?.value === value) this.values.delete(at);
  }
}

function run(map: BoundedMap<number>, model: Model, step: Step, value: number): void {
  switch (step.kind) {
    case 'set': {
      const before = model.values.get(step.key);
      const isKept = map.set(step.key, value, step.size);
      if (before !== undefined) expect(model.gone.has(before.value)).toBe(true);
      if (step.size > Math.ceil(MAX_BYTES / 8)) expect(isKept).toBe(false);
      expect(map.peek(step.key)).toBe(isKept ? value : undefined);
      if (isKept) model.values.set(step.key, { value, size: step.size });
      else model.values.delete(step.key);
      break;
    }
    case 'get':
      expect(map.get(step.key)).toBe(model.values.get(step.key)?.value);
      break;
    case 'delete': {
      const before = model.values.get(step.key);
      expect(map.delete(step.key)).toBe(before !== undefined);
      if (before !== undefined) expect(model.gone.get(before.value)).toBe('deleted');
      expect(map.get(step.key)).toBeUndefined();
      break;
    }
    case 'clear':
      map.clear();
      expect(model.values.size).toBe(0);
      break;
  }
}

describe.each(POLICIES)('%s', (policy) => {
  it('holds what was set last, never more than it may, and says of each value once that it is gone', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new Model();
        const map = new BoundedMap<number>(MAX_BYTES, policy, (value, at, why) => model.left(value, at, why));
        all.forEach((step, value) => {
          run(map, model, step, value);
          const sizes = [...model.values.values()].map(({ size }) => size);
          expect(map.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
          expect(map.bytes).toBeLessThanOrEqual(MAX_BYTES);
          expect(map.size).toBe(model.values.size);
        });
        for (const [at, { value }] of model.values) expect(map.get(at)).toBe(value);
        map.clear();
        expect([map.size, map.bytes, model.values.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is larger than an eighth, and forgets what was there before', () => {
    const gone: Gone[] = [];
    const map = new BoundedMap<string>(800, policy, (_value, _key, why) => gone.push(why));
    expect(map.set('a', 'small', 100)).toBe(true);
    expect(map.set('a', 'large', 101)).toBe(false);
    expect(map.get('a')).toBeUndefined();
    expect([gone, map.bytes]).toEqual([['deleted'], 0]);
    for (const size of [0, -1, Number.NaN]) expect(map.set('b', 'none', size)).toBe(false);
  });

  it('remembers no more of keys that never come again than it has entries', () => {
    const map = new BoundedMap<true>(1_000, policy);
    let most = 0;
    for (let at = 0; at < 200_000; at += 1) {
      map.set(`once-${at}`, true, 10);
      most = Math.max(most, map.remembered);
    }
    expect(map.size).toBeLessThanOrEqual(100);
    expect(map.places).toBeLessThanOrEqual(101);
    // Ghosts: one for each entry. Counters: two words for each, in powers of two.
    expect(most).toBeLessThanOrEqual(2 * 128);
  });

  it('makes room for one that grows, though others are in the way', () => {
    const map = new BoundedMap<number>(100, policy);
    for (let at = 0; at < 10; at += 1) map.set(`key-${at}`, at, 10);
    expect(map.bytes).toBe(100);
    map.set('key-5', 55, 12);
    expect(map.bytes).toBeLessThanOrEqual(100);
    expect(map.bytes).toBeGreaterThan(80);
  });

  it('has room again for what is invalidated', () => {
    const map = new BoundedMap<true>(1_000, policy);
    for (let at = 0; at < 50_000; at += 1) {
      map.set(`key-${at}`, true, 100);
      map.delete(`key-${at}`);
    }
    for (let at = 0; at < 10; at += 1) expect(map.set(`stay-${at}`, true, 100)).toBe(true);
    expect([map.size, map.bytes]).toEqual([10, 1_000]);
    expect(map.remembered).toBeLessThanOrEqual(2 * 64);
    expect(map.places).toBeLessThanOrEqual(11);
  });
});

describe('w-tinylfu', () => {
  it('lets nobody in who is asked for no more often than who would have to go', () => {
    const map = new BoundedMap<number, number>(1_000, 'w-tinylfu');
    for (let number = 0; number < 1_000; number += 1) map.set(number, number, 1);
    // 10 are in the window and may be pushed out of it by those that follow.
    for (let number = 2_000; number < 2_500; number += 1) map.set(number, number, 1);
    let left = 0;
    for (let number = 0; number < 1_000; number += 1) if (map.peek(number) !== undefined) left += 1;
    expect(left).toBeGreaterThan(900);
  });

  it('lets somebody in who is asked for more often', () => {
    const map = new BoundedMap<number, number>(1_000, 'w-tinylfu');
    for (let number = 0; number < 1_000; number += 1) map.set(number, number, 1);
    map.set(5_000, 1, 1);
    for (let hit = 0; hit < 5; hit += 1) map.get(5_000);
    for (let number = 6_000; number < 6_100; number += 1) map.set(number, number, 1);
    expect(map.peek(5_000)).toBe(1);
  });
});

describe('what is remembered of keys that are gone', () => {
  it('ghosts go in the order they came, and come back as new', () => {
    const ghosts = new Ghosts();
    for (const hash of [1, 2, 3, 1]) ghosts.add(hash, 3);
    ghosts.add(4, 3);
    expect([1, 2, 3, 4].map((hash) => ghosts.take(hash))).toEqual([true, false, true, true]);
    const random = chance(1);
    for (let at = 0; at < 10_000; at += 1) {
      ghosts.add(Math.floor(random() * 1_000), 50);
      ghosts.take(Math.floor(random() * 1_000));
      expect(ghosts.size).toBeLessThanOrEqual(50);
    }
  });

  it('the sketch never counts too little before it ages, and seldom too much', () => {
    const sketch = new FrequencySketch();
    sketch.fit(1_024);
    const random = chance(2);
    const counts = new Map<number, number>();
    for (let at = 0; at < 4_000; at += 1) {
      const hash = Math.floor(random() ** 2 * 1_000) * 0x9e3779b1;
      sketch.count(hash | 0);
      counts.set(hash | 0, (counts.get(hash | 0) ?? 0) + 1);
    }
    let over = 0;
    for (const [hash, count] of counts) {
      expect(sketch.frequency(hash)).toBeGreaterThanOrEqual(Math.min(15, count));
      if (sketch.frequency(hash) > Math.min(15, count)) over += 1;
    }
    expect(over / counts.size).toBeLessThan(0.2);
  });

  it('the sketch forgets what was popular once', () => {
    const sketch = new FrequencySketch();
    for (let at = 0; at < 15; at += 1) sketch.count(7);
    expect(sketch.frequency(7)).toBe(15);
    for (let at = 0; at < 5_000; at += 1) sketch.count(Math.imul(at + 100, 0x9e3779b1));
    expect(sketch.frequency(7)).toBeLessThan(8);
  });
});
