import { wordsOf, fromBigInt } from '../address/words.ts';
import { formatPrefixes, prefixTexts } from '../address/format.ts';
import type { IpRange } from '../address/parse.ts';
import * as combine from './combine.ts';
import type { Entries } from './entries.ts';
import { merge } from './merge.ts';
import { toPrefixes } from './prefixes.ts';
import { covers, emptyRanges, iterate, touches, type Ranges } from './ranges.ts';

/** Addresses of both families. An IPv6 block covers no IPv4: not even ::/0 does. */
export interface RangeSet {
  readonly v4: Ranges;
  readonly v6: Ranges;
}

type OfBoth = { v4: Entries; v6: Entries };

export const emptySet: RangeSet = { v4: emptyRanges(4), v6: emptyRanges(6) };

/** What a list says, merged. */
export const toSet = ({ v4, v6 }: OfBoth): RangeSet => ({ v4: merge(v4), v6: merge(v6) });

export const union = (a: RangeSet, b: RangeSet): RangeSet => both(combine.union, a, b);
export const intersect = (a: RangeSet, b: RangeSet): RangeSet => both(combine.intersect, a, b);
/** What is in `a` and not in `b`: an allowlist carved out of a blocklist. */
export const subtract = (a: RangeSet, b: RangeSet): RangeSet => both(combine.subtract, a, b);

/** What must be added to and removed from `before` to get `after`. */
export function diff(before: RangeSet, after: RangeSet): { added: RangeSet; removed: RangeSet } {
  return { added: subtract(after, before), removed: subtract(before, after) };
}

/** Whether the set has all addresses of the range. */
export const contains = (set: RangeSet, range: IpRange): boolean => ask(covers, set, range);
/** Whether the set has any address of the range. */
export const overlaps = (set: RangeSet, range: IpRange): boolean => ask(touches, set, range);

export function isEqual(a: RangeSet, b: RangeSet): boolean {
  const same = (x: Uint32Array, y: Uint32Array): boolean =>
    x.length === y.length && x.every((word, i) => word === y[i]);
  return same(a.v4.edges, b.v4.edges) && same(a.v6.edges, b.v6.edges);
}

/** Number of addresses of one family, at most 2^128. */
export function addressCount(ranges: Ranges): bigint {
  let sum = 0n;
  for (const { first, last } of iterate(ranges)) sum += last - first + 1n;
  return sum;
}

/** The ranges of the set, IPv4 first, each family ascending. */
export function* rangesOf({ v4, v6 }: RangeSet): Generator<IpRange> {
  yield* iterate(v4);
  yield* iterate(v6);
}

/** The least number of CIDRs for exactly this set, IPv4 first, each family ascending, all with their prefix. */
export function toCidrs({ v4, v6 }: RangeSet): string[] {
  return [...prefixTexts(toPrefixes(v4)), ...prefixTexts(toPrefixes(v6))];
}

/** The same as lines of ASCII, each with its end, several times faster. */
export function toCidrLines({ v4, v6 }: RangeSet): Uint8Array {
  const [of4, of6] = [formatPrefixes(toPrefixes(v4)), formatPrefixes(toPrefixes(v6))];
  const bytes = new Uint8Array(of4.length + of6.length);
  bytes.set(of4);
  bytes.set(of6, of4.length);
  return bytes;
}

function both(operation: (a: Ranges, b: Ranges) => Ranges, a: RangeSet, b: RangeSet): RangeSet {
  return { v4: operation(a.v4, b.v4), v6: operation(a.v6, b.v6) };
}

function ask(question: typeof covers, set: RangeSet, { family, first, last }: IpRange): boolean {
  const words = new Uint32Array(2 * wordsOf(family));
  fromBigInt(first, words, 0, wordsOf(family));
  fromBigInt(last, words, 1, wordsOf(family));
  return question(family === 4 ? set.v4 : set.v6, words, words.subarray(wordsOf(family)));
}
