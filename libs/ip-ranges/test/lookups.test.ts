import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildLookup, format, parseList } from '../src/index.ts';
import { listOf, rangeOf, spans, universes, type Universe } from './support/universe.ts';

const BITS = 5;

/** The aligned blocks that a range consists of, by the definition: the largest that fit. */
function blocksOf([first, last]: readonly [number, number], from = 0, size = 2 ** BITS): [number, number][] {
  if (first > from + size - 1 || last < from) return [];
  if (first <= from && last >= from + size - 1) return [[from, size]];
  return [...blocksOf([first, last], from, size / 2), ...blocksOf([first, last], from + size / 2, size / 2)];
}

/** The first entry with the smallest block around the offset. */
function scan(pairs: readonly (readonly [number, number])[], offset: number): number {
  let best = { entry: -1, size: Number.POSITIVE_INFINITY };
  for (const [entry, pair] of pairs.entries()) {
    for (const [from, size] of blocksOf(pair)) {
      if (from <= offset && offset < from + size && size < best.size) best = { entry, size };
    }
  }
  return best.entry;
}

const addressIn = (universe: Universe, offset: number): string => format(rangeOf(universe, [offset, offset]));

it('finds the entry with the longest prefix, as a scan of all entries does', () => {
  fc.assert(
    fc.property(universes(BITS), spans(BITS, 12), (universe, pairs) => {
      const lookup = buildLookup(listOf(universe, pairs));
      for (let offset = 0; offset < 2 ** BITS; offset += 1) {
        expect(lookup.find(addressIn(universe, offset))?.entry ?? -1).toBe(scan(pairs, offset));
      }
    }),
    { numRuns: 500 },
  );
});

it('in lists that are scattered over the whole address space', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(universes(BITS), spans(BITS, 3)), { maxLength: 12 }), (parts) => {
      const rows = parts.flatMap(([universe, pairs]) => pairs.map((pair) => ({ universe, pair })));
      const lookup = buildLookup(
        parseList(rows.map(({ universe, pair }) => format(rangeOf(universe, pair))).join('\n')),
      );
      for (const { universe } of rows) {
        for (let offset = 0; offset < 2 ** BITS; offset += 7) {
          const ofFamily = rows.filter((row) => row.universe.family === universe.family);
          const around = ofFamily.map((row) =>
            row.universe.base === universe.base ? row.pair : ([2 ** BITS, 2 ** BITS] as const),
          );
          expect(lookup.find(addressIn(universe, offset))?.entry ?? -1).toBe(scan(around, offset));
        }
      }
    }),
    { numRuns: 200 },
  );
});

it('finds nothing in an empty list, nor outside of one', () => {
  expect(buildLookup(parseList('')).find('1.2.3.4')).toBeUndefined();
  expect(buildLookup(parseList('')).find('::1')).toBeUndefined();
  const lookup = buildLookup(parseList('10.0.0.0/8\n2001:db8::/32'));
  for (const outside of [
    '9.255.255.255',
    '11.0.0.0',
    '2001:db7:ffff::',
    '2001:db9::',
    '::',
    'ffff::',
    '0.0.0.0',
  ]) {
    expect(lookup.find(outside)).toBeUndefined();
  }
});

it('finds everything in a default route, except what is nearer', () => {
  const lookup = buildLookup(parseList('0.0.0.0/0\n255.255.255.255\n::/0\nffff::/16'));
  expect(lookup.find('255.255.255.254')).toEqual({ family: 4, entry: 0 });
  expect(lookup.find('255.255.255.255')).toEqual({ family: 4, entry: 1 });
  expect(lookup.find('fffe::')).toEqual({ family: 6, entry: 0 });
  expect(lookup.find('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toEqual({ family: 6, entry: 1 });
  expect(lookup.find('::ffff:255.255.255.255')).toEqual({ family: 4, entry: 1 });
});

it('of equal entries the first one is found, and no text that is not one address', () => {
  const lookup = buildLookup(parseList('10.0.0.0/8\n10.0.0.0/8'));
  expect(lookup.find('10.1.2.3')).toEqual({ family: 4, entry: 0 });
  expect(lookup.find('nonsense')).toBeUndefined();
  expect(lookup.find('10.0.0.0/9')).toBeUndefined();
});

it('tells addresses apart that differ in their last bits only', () => {
  const lookup = buildLookup(parseList('2001:db8::1\n2001:db8::2\n2001:db8::/127\n2001:db8::ffff'));
  const found = ['2001:db8::', '2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::ffff'].map(
    (address) => lookup.find(address)?.entry,
  );
  expect(found).toEqual([2, 0, 1, undefined, 3]);
});

it('goes on behind many narrow entries at the beginning of a wide one', () => {
  const narrow = Array.from({ length: 20 }, (_, i) => `2001:db8::${(2 * i + 1).toString(16)}`);
  const lookup = buildLookup(parseList(['2001:db8::/32', ...narrow, '2001:dba::/32'].join('\n')));
  const entryOf = (address: string) => lookup.find(address)?.entry;
  expect(['2001:db7:ffff::', '2001:db9::', '2001:dbb::'].map(entryOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(['2001:db8::', '2001:db8::29', '2001:db8:0:1::', '2001:db8:ffff::'].map(entryOf)).toEqual([
    0, 0, 0, 0,
  ]);
  expect(narrow.map(entryOf)).toEqual(narrow.map((_, i) => i + 1));
  expect(entryOf('2001:dba:1::')).toBe(21);
});

it('takes memory by the number of entries, not by where they lie', () => {
  const scattered = Array.from(
    { length: 1_000 },
    (_, i) => `${i % 200}.${(i * 7) % 256}.${(i * 13) % 256}.${i % 256}`,
  );
  expect(buildLookup(parseList(scattered.join('\n'))).v4.bytes).toBeLessThan(1_000 * 50);
});
