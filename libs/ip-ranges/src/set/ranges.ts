import { compare, decrement, increment, toBigInt, wordsOf, copy, type Family } from '../address/words.ts';
import type { IpRange } from '../address/parse.ts';

/**
 * A set of addresses of one family, as the places where membership changes: ascending
 * addresses, of which the first, third … begin a range and the second, fourth … are the
 * first behind it. An odd number of them means that the last range goes to the end of
 * the address space. So every set has exactly one form, and the algebra needs no
 * special cases for ranges that touch or for the highest address.
 */
export interface Ranges {
  readonly family: Family;
  /** Addresses, see words.ts. */
  readonly edges: Uint32Array;
}

export const emptyRanges = (family: Family): Ranges => ({ family, edges: new Uint32Array(0) });

export const edgeCount = ({ family, edges }: Ranges): number => edges.length / wordsOf(family);
export const rangeCount = (ranges: Ranges): number => Math.ceil(edgeCount(ranges) / 2);

/** Number of edges that are not above the address: odd for one in the set. */
export function edgesUpTo({ family, edges }: Ranges, words: Uint32Array, index: number): number {
  const width = wordsOf(family);
  let [low, high] = [0, edges.length / width];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(edges, middle, words, index, width) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether all addresses, or at least one, from `first` to `last` are in the set. */
export function covers(ranges: Ranges, first: Uint32Array, last: Uint32Array, index = 0): boolean {
  const edges = edgesUpTo(ranges, first, index);
  return edges % 2 === 1 && edges === edgesUpTo(ranges, last, index);
}
export function touches(ranges: Ranges, first: Uint32Array, last: Uint32Array, index = 0): boolean {
  const edges = edgesUpTo(ranges, first, index);
  return edges % 2 === 1 || edges !== edgesUpTo(ranges, last, index);
}

/** Copies the last address of range `i` of the set. */
export function copyLast({ family, edges }: Ranges, i: number, to: Uint32Array, index: number): void {
  const width = wordsOf(family);
  if ((2 * i + 1) * width < edges.length) copy(edges, 2 * i + 1, to, index, width);
  else to.fill(0, index * width, (index + 1) * width);
  decrement(to, index, width);
}

export function* iterate(ranges: Ranges): Generator<IpRange> {
  const width = wordsOf(ranges.family);
  const last = new Uint32Array(width);
  for (let i = 0; i < rangeCount(ranges); i += 1) {
    copyLast(ranges, i, last, 0);
    yield {
      family: ranges.family,
      first: toBigInt(ranges.edges, 2 * i, width),
      last: toBigInt(last, 0, width),
    };
  }
}

/** Collects edges in ascending order. Two at the same place cancel out, as ranges that touch are one. */
export class EdgeList {
  readonly #family: Family;
  readonly #width: number;
  readonly #edges: Uint32Array;
  #count = 0;

  constructor(family: Family, room: number) {
    this.#family = family;
    this.#width = wordsOf(family);
    this.#edges = new Uint32Array(room * this.#width);
  }

  add(words: Uint32Array, index: number): void {
    if (this.#count > 0 && compare(this.#edges, this.#count - 1, words, index, this.#width) === 0) {
      this.#count -= 1;
      return;
    }
    copy(words, index, this.#edges, this.#count, this.#width);
    this.#count += 1;
  }

  /** The edge behind an address; none behind the highest. */
  addBehind(words: Uint32Array, index: number): void {
    copy(words, index, this.#edges, this.#count, this.#width);
    if (increment(this.#edges, this.#count, this.#width)) this.#count += 1;
  }

  done(): Ranges {
    return { family: this.#family, edges: this.#edges.slice(0, this.#count * this.#width) };
  }
}
