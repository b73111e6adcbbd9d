import { compare, fillHostBits, wordsOf } from '../address/words.ts';
import type { Entries } from './entries.ts';
import { PrefixList, type Prefixes } from './prefixes.ts';
import { sortedOrder } from './sort.ts';

/** Listed ranges as CIDRs: most are one already. */
export interface Pieces {
  readonly prefixes: Prefixes;
  /** Number of the entry that each prefix is of. */
  readonly owners: Uint32Array;
  /** The last address of each prefix. */
  readonly ends: Uint32Array;
  /** What contains comes before what it contains; equal ones as they were listed. */
  readonly order: Uint32Array;
}

export function toPieces(entries: Entries): Pieces {
  const width = wordsOf(entries.family);
  const list = new PrefixList(entries.family, entries.count);
  let owners = new Uint32Array(entries.count);
  for (let i = 0; i < entries.count; i += 1) {
    const from = list.count;
    list.addRange(entries.first, i, entries.last, i);
    if (list.count > owners.length) {
      const grown = new Uint32Array(list.count * 2);
      grown.set(owners);
      owners = grown;
    }
    owners.fill(i, from, list.count);
  }
  const prefixes = list.done();
  const byLength = sortedOrder(Uint32Array.from(prefixes.length), prefixes.count, 1);
  return {
    prefixes,
    owners,
    ends: lastAddresses(prefixes),
    order: sortedOrder(prefixes.address, prefixes.count, width, byLength),
  };
}

export function lastAddresses({ family, address, length, count }: Prefixes): Uint32Array {
  const last = address.slice();
  for (let i = 0; i < count; i += 1) fillHostBits(last, i, wordsOf(family), length[i]!, 1);
  return last;
}

/** Whether piece `inner`, which comes after `outer` in their order, lies within it. */
export function isWithin({ prefixes, ends }: Pieces, inner: number, outer: number): boolean {
  return compare(prefixes.address, inner, ends, outer, wordsOf(prefixes.family)) <= 0;
}
