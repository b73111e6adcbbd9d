import fc from 'fast-check';
import { parseList, type Family, type IpRange, type ParsedList, format } from '../../src/index.ts';

/**
 * A block that is small enough to try everything in it, somewhere in the address space:
 * at its very beginning, its very end, or anywhere. What is done with ranges within it is
 * checked against plain sets of offsets.
 */
export interface Universe {
  family: Family;
  base: bigint;
  /** 2^bits addresses. */
  bits: number;
}

const BITS: Record<Family, number> = { 4: 32, 6: 128 };

export const universes = (bits: number): fc.Arbitrary<Universe> =>
  fc.constantFrom<Family>(4, 6).chain((family) => {
    const highest = (1n << BigInt(BITS[family] - bits)) - 1n;
    return (
      fc
        .oneof(fc.constant(0n), fc.constant(highest), fc.bigInt({ min: 0n, max: highest }))
        // Read as IPv4, which is another universe.
        .filter((block) => family === 4 || (block << BigInt(bits)) >> 32n !== 0xffffn)
        .map((block) => ({ family, base: block << BigInt(bits), bits }))
    );
  });

/** Pairs of offsets, the smaller one first. */
export const spans = (bits: number, maxLength = 8): fc.Arbitrary<[number, number][]> => {
  const offset = fc.nat(2 ** bits - 1);
  return fc.array(
    fc.tuple(offset, offset).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
    { maxLength },
  );
};

export const rangeOf = ({ family, base }: Universe, [first, last]: readonly [number, number]): IpRange => ({
  family,
  first: base + BigInt(first),
  last: base + BigInt(last),
});

/** Through the front door: as text, then read. */
export function listOf(
  universe: Universe,
  pairs: readonly (readonly [number, number])[],
  weights: readonly number[] = [],
): ParsedList {
  const lines = pairs.map((pair, i) => `${format(rangeOf(universe, pair))} ${weights[i] ?? 1}`);
  const list = parseList(lines.join('\n'));
  if (list.problems.length > 0) throw new Error(JSON.stringify(list.problems));
  return list;
}

export const offsetsOf = (pairs: Iterable<readonly [number, number]>): Set<number> => {
  const offsets = new Set<number>();
  for (const [first, last] of pairs) for (let at = first; at <= last; at += 1) offsets.add(at);
  return offsets;
};

/** Offsets of ranges that lie in the universe; it is a failure when one does not. */
export function offsetsWithin({ family, base, bits }: Universe, ranges: Iterable<IpRange>): number[] {
  const offsets: number[] = [];
  for (const range of ranges) {
    const [first, last] = [Number(range.first - base), Number(range.last - base)];
    if (range.family !== family || first < 0 || last >= 2 ** bits)
      throw new Error(`${format(range)} is outside`);
    for (let at = first; at <= last; at += 1) offsets.push(at);
  }
  return offsets;
}
