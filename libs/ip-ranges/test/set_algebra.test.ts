import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressCount,
  contains,
  diff,
  emptySet,
  intersect,
  isEqual,
  overlaps,
  parse,
  parseList,
  rangesOf,
  subtract,
  toCidrLines,
  toCidrs,
  toSet,
  union,
  type IpRange,
  type RangeSet,
} from '../src/index.ts';
import { listOf, offsetsOf, offsetsWithin, rangeOf, spans, universes } from './support/universe.ts';

const BITS = 4;
const RUNS = { numRuns: 1_000 };
const setOf = (...texts: string[]): RangeSet => toSet(parseList(texts.join('\n')));
const sorted = (offsets: Iterable<number>): number[] => [...offsets].toSorted((a, b) => a - b);

function rangeFrom(text: string): IpRange {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.range;
}

/** The fewest aligned blocks for exactly these offsets, by the definition. */
function fewestBlocks(offsets: ReadonlySet<number>, from = 0, size = 2 ** BITS): number {
  const all = Array.from({ length: size }, (_, i) => from + i);
  if (all.every((at) => offsets.has(at))) return 1;
  if (!all.some((at) => offsets.has(at))) return 0;
  return fewestBlocks(offsets, from, size / 2) + fewestBlocks(offsets, from + size / 2, size / 2);
}

describe('sets of addresses are what sets are', () => {
  it('merging', () => {
    fc.assert(
      fc.property(universes(BITS), spans(BITS), (universe, pairs) => {
        const set = toSet(listOf(universe, pairs));
        const expected = offsetsOf(pairs);
        expect(offsetsWithin(universe, rangesOf(set))).toEqual(sorted(expected));
        expect(addressCount(universe.family === 4 ? set.v4 : set.v6)).toBe(BigInt(expected.size));
        const ranges = [...rangesOf(set)];
        // Neither overlapping nor touching.
        for (const [i, range] of ranges.slice(1).entries())
          expect(range.first).toBeGreaterThan(ranges[i]!.last + 1n);
      }),
      RUNS,
    );
  });

  it('union, intersection, subtraction and difference', () => {
    fc.assert(
      fc.property(universes(BITS), spans(BITS), spans(BITS), (universe, pairsA, pairsB) => {
        const [a, b] = [toSet(listOf(universe, pairsA)), toSet(listOf(universe, pairsB))];
        const [inA, inB] = [offsetsOf(pairsA), offsetsOf(pairsB)];
        const offsets = (set: RangeSet): number[] => offsetsWithin(universe, rangesOf(set));
        expect(offsets(union(a, b))).toEqual(sorted(inA.union(inB)));
        expect(offsets(intersect(a, b))).toEqual(sorted(inA.intersection(inB)));
        expect(offsets(subtract(a, b))).toEqual(sorted(inA.difference(inB)));
        const { added, removed } = diff(a, b);
        expect(offsets(added)).toEqual(sorted(inB.difference(inA)));
        expect(offsets(removed)).toEqual(sorted(inA.difference(inB)));
        // One form only: equal sets are equal, however they came about.
        expect(isEqual(union(subtract(a, removed), added), b)).toBe(true);
        expect(isEqual(a, b)).toBe(inA.symmetricDifference(inB).size === 0);
      }),
      RUNS,
    );
  });

  it('containing and overlapping', () => {
    fc.assert(
      fc.property(
        universes(BITS),
        spans(BITS),
        spans(BITS, 1),
        (universe, pairs, [asked = [0, 15] as const]) => {
          const set = toSet(listOf(universe, pairs));
          const inSet = offsetsOf(pairs);
          const range = rangeOf(universe, asked);
          expect(contains(set, range)).toBe(offsetsOf([asked]).isSubsetOf(inSet));
          expect(overlaps(set, range)).toBe(!offsetsOf([asked]).isDisjointFrom(inSet));
        },
      ),
      RUNS,
    );
  });

  it('the CIDRs are exact, the fewest possible, ascending, and read back as the same set', () => {
    fc.assert(
      fc.property(universes(BITS), spans(BITS), (universe, pairs) => {
        const set = toSet(listOf(universe, pairs));
        const cidrs = toCidrs(set);
        expect(cidrs).toHaveLength(fewestBlocks(offsetsOf(pairs)));
        expect(offsetsWithin(universe, cidrs.map(rangeFrom))).toEqual(sorted(offsetsOf(pairs)));
        expect(isEqual(setOf(...cidrs), set)).toBe(true);
        expect(new TextDecoder().decode(toCidrLines(set))).toBe(cidrs.map((cidr) => `${cidr}\n`).join(''));
      }),
      RUNS,
    );
  });
});

describe('the laws hold across both families at once', () => {
  const sets = fc
    .array(fc.tuple(universes(3), spans(3, 3)), { maxLength: 5 })
    .map((parts) => parts.map(([universe, pairs]) => toSet(listOf(universe, pairs))).reduce(union, emptySet));
  const whole = setOf('0.0.0.0/0', '::/0');

  it('De Morgan, absorption, distribution', () => {
    const complement = (set: RangeSet): RangeSet => subtract(whole, set);
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        expect(isEqual(complement(union(a, b)), intersect(complement(a), complement(b)))).toBe(true);
        expect(isEqual(complement(complement(a)), a)).toBe(true);
        expect(isEqual(union(a, intersect(a, b)), a)).toBe(true);
        expect(isEqual(intersect(a, union(b, c)), union(intersect(a, b), intersect(a, c)))).toBe(true);
        expect(isEqual(subtract(a, b), intersect(a, complement(b)))).toBe(true);
      }),
    );
  });
});

describe('at the ends of the address spaces', () => {
  it('the whole of both is one CIDR each, with every address', () => {
    const whole = setOf(
      '0.0.0.0-127.255.255.255',
      '128.0.0.0/1',
      '::/1',
      '8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    );
    expect(toCidrs(whole)).toEqual(['0.0.0.0/0', '::/0']);
    expect(addressCount(whole.v4)).toBe(2n ** 32n);
    expect(addressCount(whole.v6)).toBe(2n ** 128n);
    expect(isEqual(subtract(whole, whole), emptySet)).toBe(true);
  });

  it('carving one address out of everything leaves one CIDR per bit', () => {
    expect(toCidrs(subtract(setOf('0.0.0.0/0'), setOf('255.255.255.255')))).toHaveLength(32);
    expect(toCidrs(subtract(setOf('::/0'), setOf('::')))).toHaveLength(128);
  });

  it('an allowed address is carved out of a blocked range', () => {
    expect(toCidrs(subtract(setOf('203.0.113.0/29'), setOf('203.0.113.5')))).toEqual([
      '203.0.113.0/30',
      '203.0.113.4/32',
      '203.0.113.6/31',
    ]);
  });

  it('IPv6 covers no IPv4', () => {
    expect(contains(setOf('::/0'), rangeFrom('1.2.3.4'))).toBe(false);
    expect(contains(setOf('::/0'), rangeFrom('::ffff:1.2.3.4'))).toBe(false);
  });
});

it('a long list in any order is merged as a short one is', () => {
  const octets = fc.tuple(fc.constantFrom(10, 10, 192), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(fc.array(octets, { minLength: 500, maxLength: 2_000 }), (rows) => {
      const cidrs = rows.map((row, i) => `${row.join('.')}/${i % 5 === 0 ? 24 : 32}`);
      const inOne = setOf(...cidrs);
      const byHalves = union(setOf(...cidrs.slice(0, 250)), setOf(...cidrs.slice(250)));
      expect(isEqual(inOne, byHalves)).toBe(true);
    }),
    { numRuns: 20 },
  );
});
