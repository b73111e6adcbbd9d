import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptySet,
  fit,
  parse,
  parseList,
  prefixTexts,
  toSet,
  type Entries,
  type FitOptions,
  type Ranges,
} from '../src/index.ts';
import { everyChoice, weightsByOffset, type Block } from './support/every_choice.ts';
import { listOf, offsetsOf, spans, universes, type Universe } from './support/universe.ts';

const choices = everyChoice(8);

interface Case {
  universe: Universe;
  pairs: [number, number][];
  weights: number[];
  spared: [number, number][];
  capacity: number;
  maxCollateral: number | undefined;
  collateralWeight: number | undefined;
  /** Largest block that may be chosen, as a power of two. */
  widest: number;
}

const cases = (bits: 3 | 4, maxLength: number): fc.Arbitrary<Case> =>
  fc.record({
    universe: universes(bits),
    // Small spans are more interesting: large ones leave nothing to choose.
    pairs: spans(bits, maxLength).map((pairs) =>
      pairs.map(([first, last], i): [number, number] => [first, i % 3 === 0 ? last : first]),
    ),
    weights: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: maxLength, maxLength }),
    spared: fc.oneof(spans(bits, 0), spans(bits, 2)),
    capacity: fc.nat(6),
    maxCollateral: fc.option(fc.nat(5), { nil: undefined }),
    collateralWeight: fc.option(fc.constantFrom(0, 0.5, 3), { nil: undefined }),
    widest: fc.oneof(fc.constant(bits), fc.nat(bits)),
  });

const rangesIn = (universe: Universe, pairs: readonly (readonly [number, number])[]): Ranges =>
  toSet(listOf(universe, pairs))[universe.family === 4 ? 'v4' : 'v6'];

function entriesOf({ universe, pairs, weights }: Case): Entries {
  const list = listOf(universe, pairs, weights);
  return universe.family === 4 ? list.v4 : list.v6;
}

function optionsOf(
  { universe, spared, capacity, maxCollateral, collateralWeight, widest }: Case,
  mode: 'all' | 'some',
) {
  return {
    mode,
    capacity,
    maxCollateral: maxCollateral === undefined ? undefined : BigInt(maxCollateral),
    collateralWeight,
    widestPrefix: universe.family === 4 ? 32 - widest : 128 - widest,
    protected: rangesIn(universe, spared),
  } satisfies FitOptions;
}

/** What a choice of blocks does, counted address by address. */
function counter(one: Case): (blocks: readonly Block[]) => Effect {
  const byOffset = weightsByOffset(one.pairs, one.weights, 2 ** one.universe.bits);
  const spared = offsetsOf(one.spared);
  const listed = byOffset.filter((weight) => !Number.isNaN(weight));
  const total = listed.reduce((sum, weight) => sum + weight, 0);
  return (blocks) => {
    let [collateral, covered, weight, allowed] = [0, 0, 0, true];
    for (const [from, size] of blocks) {
      allowed &&= size <= 2 ** one.widest;
      for (let at = from; at < from + size; at += 1) {
        allowed &&= !spared.has(at);
        if (Number.isNaN(byOffset[at])) collateral += 1;
        else [covered, weight] = [covered + 1, weight + byOffset[at]!];
      }
    }
    return {
      count: blocks.length,
      collateral,
      uncovered: total - weight,
      missed: listed.length - covered,
      allowed,
    };
  };
}

interface Effect {
  count: number;
  collateral: number;
  uncovered: number;
  missed: number;
  allowed: boolean;
}

function blocksOfAnswer({ base }: Universe, texts: readonly string[]): Block[] {
  return texts.map((text) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    return [Number(parsed.range.first - base), Number(parsed.range.last - parsed.range.first) + 1];
  });
}

function checkAll(one: Case, all: readonly Block[][]): void {
  const answer = fit(entriesOf(one), optionsOf(one, 'all'));
  const effect = counter(one);
  const covering = all.map(effect).filter(({ missed, allowed }) => missed === 0 && allowed);
  const within = covering.filter(({ count }) => count <= one.capacity);
  const least = Math.min(...within.map(({ collateral }) => collateral));
  if (answer.feasible) {
    const effected = effect(blocksOfAnswer(one.universe, prefixTexts(answer.prefixes)));
    expect(effected).toMatchObject({ missed: 0, allowed: true, collateral: least });
    expect(effected.count).toBeLessThanOrEqual(one.capacity);
    expect(answer).toMatchObject({ collateral: BigInt(least), uncovered: 0, optimal: true });
    expect(least).toBeLessThanOrEqual(one.maxCollateral ?? Number.POSITIVE_INFINITY);
  } else if (answer.reason === 'protected') {
    expect(covering).toEqual([]);
  } else if (answer.reason === 'capacity') {
    expect(within).toEqual([]);
    expect(answer.leastCapacity).toBe(Math.min(...covering.map(({ count }) => count)));
  } else {
    expect(answer).toMatchObject({ reason: 'collateral', leastCollateral: BigInt(least) });
    expect(least).toBeGreaterThan(one.maxCollateral ?? Number.POSITIVE_INFINITY);
  }
}

function checkSome(one: Case, all: readonly Block[][]): void {
  const answer = fit(entriesOf(one), optionsOf(one, 'some'));
  if (!answer.feasible) throw new Error(answer.message);
  const { collateralWeight = 0 } = one;
  const limit = one.maxCollateral ?? (one.collateralWeight === undefined ? 0 : Number.POSITIVE_INFINITY);
  const effect = counter(one);
  const possible = all
    .map(effect)
    .filter(({ count, collateral, allowed }) => allowed && count <= one.capacity && collateral <= limit);
  const cost = (effected: { uncovered: number; collateral: number }): number =>
    effected.uncovered + collateralWeight * effected.collateral;
  const effected = effect(blocksOfAnswer(one.universe, prefixTexts(answer.prefixes)));
  expect(effected.allowed).toBe(true);
  expect(effected.count).toBeLessThanOrEqual(one.capacity);
  expect(effected.collateral).toBeLessThanOrEqual(limit);
  expect(answer.collateral).toBe(BigInt(effected.collateral));
  expect(answer.uncovered).toBeCloseTo(effected.uncovered, 9);
  expect(cost(effected)).toBeCloseTo(Math.min(...possible.map(cost)), 9);
}

describe('the best of all possible choices, found by trying every one', () => {
  it('when all must be covered: least collateral, or why it cannot be', () => {
    fc.assert(
      fc.property(cases(3, 6), (one) => checkAll(one, choices)),
      { numRuns: 500 },
    );
  });

  it('when some may be left: least weight uncovered', () => {
    fc.assert(
      fc.property(cases(3, 6), (one) => checkSome(one, choices)),
      { numRuns: 500 },
    );
  });

  it('when less is left the more collateral there is, up to a limit of the whole', () => {
    // Gaps in nearly full blocks, so that more of them would be worth filling than may be.
    const few = everyChoice(16).filter((blocks) => blocks.length <= 4);
    const gaps = fc.uniqueArray(fc.nat(15), { minLength: 3, maxLength: 7 });
    const limits = fc.record({
      capacity: fc.integer({ min: 2, max: 4 }),
      maxCollateral: fc.integer({ min: 1, max: 4 }),
      collateralWeight: fc.constantFrom(undefined, 2, 8),
    });
    fc.assert(
      fc.property(cases(4, 16), gaps, limits, (one, missing, limited) => {
        const offsets = Array.from({ length: 16 }, (_, at) => at).filter((at) => !missing.includes(at));
        const pairs = offsets.map((at): [number, number] => [at, at]);
        checkSome({ ...one, ...limited, pairs, spared: one.spared.slice(1), widest: 4 }, few);
      }),
      { numRuns: 60 },
    );
  });
});

const listed = (...lines: string[]): Entries => parseList(lines.join('\n')).v4;

function fitted(
  entries: Entries,
  options: FitOptions,
): { prefixes: string[]; collateral: bigint; uncovered: number } {
  const answer = fit(entries, options);
  if (!answer.feasible) throw new Error(answer.message);
  return {
    prefixes: prefixTexts(answer.prefixes),
    collateral: answer.collateral,
    uncovered: answer.uncovered,
  };
}

describe('at the edges', () => {
  it('an empty list needs nothing', () => {
    for (const mode of ['all', 'some'] as const) {
      expect(fitted(listed(), { mode, capacity: 0 })).toEqual({ prefixes: [], collateral: 0n, uncovered: 0 });
    }
  });

  it('no room: nothing is covered, or it is said how much room it takes', () => {
    const entries = listed('10.0.0.1 5', '10.0.0.9 2');
    expect(fitted(entries, { mode: 'some', capacity: 0 })).toEqual({
      prefixes: [],
      collateral: 0n,
      uncovered: 7,
    });
    expect(fit(entries, { mode: 'all', capacity: 0 })).toEqual({
      feasible: false,
      reason: 'capacity',
      leastCapacity: 1,
      message: 'It takes at least 1 prefixes to cover the list within the limits, and there is room for 0',
    });
  });

  it('room for one: the common prefix, or the heaviest block', () => {
    const entries = listed('10.0.0.1 5', '10.0.0.8 2', '10.0.0.9 2');
    expect(fitted(entries, { mode: 'all', capacity: 1 })).toEqual({
      prefixes: ['10.0.0.0/28'],
      collateral: 13n,
      uncovered: 0,
    });
    expect(fitted(entries, { mode: 'some', capacity: 1 })).toEqual({
      prefixes: ['10.0.0.1/32'],
      collateral: 0n,
      uncovered: 4,
    });
  });

  it('everything: one prefix, or two where /0 is refused', () => {
    const whole = listed('0.0.0.0/0');
    expect(fitted(whole, { mode: 'all', capacity: 5 }).prefixes).toEqual(['0.0.0.0/0']);
    expect(fitted(whole, { mode: 'all', capacity: 5, widestPrefix: 1 }).prefixes).toEqual([
      '0.0.0.0/1',
      '128.0.0.0/1',
    ]);
    expect(fitted(whole, { mode: 'some', capacity: 3, widestPrefix: 8 })).toMatchObject({
      uncovered: 253 / 256,
    });
    expect(fit(whole, { mode: 'all', capacity: 5, widestPrefix: 8 })).toMatchObject({
      reason: 'capacity',
      leastCapacity: 256,
    });
  });

  it('an IPv6 block is never spelled out in parts that nobody asked for', () => {
    const { v6 } = parseList('2001:db8::/32');
    expect(fit(v6, { mode: 'all', capacity: 10, widestPrefix: 128 })).toMatchObject({
      leastCapacity: 2 ** 96,
    });
    expect(fit(v6, { mode: 'some', capacity: 2, widestPrefix: 64 })).toMatchObject({
      prefixes: { count: 2 },
    });
  });

  it('protected and listed at once: what, when all must be covered; as much as possible otherwise', () => {
    const entries = listed('10.0.0.0/30 8');
    const spared = toSet(parseList('10.0.0.1'));
    expect(fit(entries, { mode: 'all', capacity: 5, protected: spared.v4 })).toMatchObject({
      reason: 'protected',
      message: '10.0.0.1/32 is both listed and protected; subtract what is protected from the list',
    });
    expect(fitted(entries, { mode: 'some', capacity: 5, protected: spared.v4 })).toEqual({
      prefixes: ['10.0.0.0/32', '10.0.0.2/31'],
      collateral: 0n,
      uncovered: 2,
    });
  });

  it('too much collateral: the least that there is', () => {
    expect(
      fit(listed('10.0.0.0', '10.0.0.3'), { mode: 'all', capacity: 1, maxCollateral: 1n }),
    ).toMatchObject({
      reason: 'collateral',
      leastCollateral: 2n,
    });
  });

  it('all that is listed is protected: nothing is chosen', () => {
    const spared = toSet(parseList('10.0.0.0/8'));
    expect(fitted(listed('10.1.0.0/16 3'), { mode: 'some', capacity: 5, protected: spared.v4 })).toEqual({
      prefixes: [],
      collateral: 0n,
      uncovered: 3,
    });
  });

  it('collateral beyond 2^53 is counted exactly, and said not to be proven best', () => {
    const answer = fit(parseList('2001:db8::\n2001:db9::1').v6, {
      mode: 'all',
      capacity: 1,
      protected: emptySet.v6,
    });
    expect(answer).toMatchObject({ collateral: 2n ** 97n - 2n, optimal: false });
    // In units of /64 the same is small.
    const blocks = fit(parseList('2001:db8::/64\n2001:db9::/64').v6, { mode: 'all', capacity: 1 });
    expect(blocks).toMatchObject({ collateral: 2n ** 97n - 2n ** 65n, optimal: true });
  });

  it('a capacity or prefix that is none is refused', () => {
    expect(() => fit(listed('10.0.0.1'), { mode: 'all', capacity: -1 })).toThrow(
      'capacity must be a whole number',
    );
    expect(() => fit(listed('10.0.0.1'), { mode: 'all', capacity: 1, widestPrefix: 33 })).toThrow(
      'widestPrefix must be',
    );
  });
});

it('a network ACL: the blocks that weigh most, and not one address too many', () => {
  const full = (block: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${block}.${i} 1`);
  const entries = listed(...full('192.0.2', 256), ...full('198.51.100', 200), '203.0.113.77');
  expect(fitted(entries, { mode: 'some', capacity: 2 })).toEqual({
    prefixes: ['192.0.2.0/24', '198.51.100.0/25'],
    collateral: 0n,
    uncovered: 73,
  });
});
