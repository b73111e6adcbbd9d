import { bitsOf, compare, fillHostBits, toBigInt, wordsOf } from '../address/words.ts';
import { subtract } from '../set/combine.ts';
import type { Entries } from '../set/entries.ts';
import { merge } from '../set/merge.ts';
import { isWithin, toPieces } from '../set/pieces.ts';
import { PrefixList, toPrefixes, type Prefixes } from '../set/prefixes.ts';
import { touches, type Ranges } from '../set/ranges.ts';

/** Disjoint, ascending prefixes with their weights: the leaves of the trie. */
export interface Leaves {
  prefixes: Prefixes;
  weights: Float64Array;
  /** Weight of listed addresses that are protected, and so can never be covered. */
  lost: number;
}

/**
 * The weight of an entry is spread evenly over its addresses. An entry within another
 * one adds its weight to that one.
 */
export function toLeaves(entries: Entries, spared: Ranges): Leaves {
  const pieces = toPieces(entries);
  const { prefixes, owners, order } = pieces;
  const list = new LeafList(prefixes, spared);
  let outer = -1;
  let weight = 0;
  for (const piece of order) {
    const share = weightOf(entries, owners[piece]!) * shareOf(entries, owners[piece]!, prefixes, piece);
    if (outer >= 0 && isWithin(pieces, piece, outer)) {
      weight += share;
      continue;
    }
    if (outer >= 0) list.add(outer, weight);
    outer = piece;
    weight = share;
  }
  if (outer >= 0) list.add(outer, weight);
  return list.done();
}

const weightOf = ({ weights }: Entries, entry: number): number => weights?.[entry] ?? 1;

/** How much of its entry a prefix is: 1 unless the entry is a range of several. */
function shareOf(entries: Entries, entry: number, { family, address, length }: Prefixes, i: number): number {
  const width = wordsOf(family);
  const end = address.slice(i * width, (i + 1) * width);
  fillHostBits(end, 0, width, length[i]!, 1);
  const whole =
    compare(entries.first, entry, address, i, width) === 0 &&
    compare(entries.last, entry, end, 0, width) === 0;
  if (whole) return 1;
  const size = toBigInt(entries.last, entry, width) - toBigInt(entries.first, entry, width) + 1n;
  return 2 ** (bitsOf(family) - length[i]!) / Number(size);
}

/** Leaves out what is protected. */
class LeafList {
  readonly #from: Prefixes;
  readonly #spared: Ranges;
  readonly #list: PrefixList;
  readonly #weights: number[] = [];
  #lost = 0;

  constructor(from: Prefixes, spared: Ranges) {
    this.#from = from;
    this.#spared = spared;
    this.#list = new PrefixList(from.family, from.count);
  }

  add(i: number, weight: number): void {
    const { family, address, length } = this.#from;
    const width = wordsOf(family);
    const first = address.slice(i * width, (i + 1) * width);
    const last = first.slice();
    fillHostBits(last, 0, width, length[i]!, 1);
    if (!touches(this.#spared, first, last)) {
      this.#list.add(first, 0, length[i]!);
      this.#weights.push(weight);
      return;
    }
    const left = toPrefixes(
      subtract(merge({ family, count: 1, first, last, weights: undefined }), this.#spared),
    );
    let kept = 0;
    for (let part = 0; part < left.count; part += 1) {
      const share = 2 ** (length[i]! - left.length[part]!);
      this.#list.add(left.address, part, left.length[part]!);
      this.#weights.push(weight * share);
      kept += share;
    }
    this.#lost += weight * (1 - kept);
  }

  done(): Leaves {
    return { prefixes: this.#list.done(), weights: Float64Array.from(this.#weights), lost: this.#lost };
  }
}
