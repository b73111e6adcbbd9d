import type { Entries } from '../set/entries.ts';
import { flatten } from './flatten.ts';

/** As many buckets as edges, up to 2^24 of 4 bytes. */
const MAX_BITS = 24;

/**
 * Longest prefix match for IPv4. The top bits of an address choose a bucket. Where no
 * edge lies in it, the bucket is the answer; otherwise it says at which edge to begin.
 * Unlike DIR-24-8, which takes a kilobyte for every /24 that has something longer in
 * it, the memory depends on the number of entries only: at most 32 bytes for each CIDR.
 */
export class Lookup4 {
  /** Each edge and, beside it, so that both are in one cache line, its owner + 1. */
  readonly #edges: Uint32Array;
  readonly #count: number;
  /** An owner, or below that -2 - the first edge in the bucket. */
  readonly #buckets: Int32Array;
  readonly #shift: number;
  /** Size of the tables. */
  readonly bytes: number;

  constructor(entries: Entries) {
    const { count, edges, owners } = flatten(entries);
    const bits = Math.min(MAX_BITS, Math.max(1, 32 - Math.clz32(count)));
    this.#count = count;
    this.#shift = 32 - bits;
    this.#edges = new Uint32Array(2 * count);
    for (let i = 0; i < count; i += 1) {
      this.#edges[2 * i] = edges[i]!;
      this.#edges[2 * i + 1] = owners[i]! + 1;
    }
    this.#buckets = new Int32Array(2 ** bits);
    for (let bucket = 0, i = 0; bucket < this.#buckets.length; bucket += 1) {
      const begin = i;
      while (i < count && edges[i]! >>> this.#shift === bucket) i += 1;
      const before = begin === 0 ? -1 : owners[begin - 1]!;
      this.#buckets[bucket] = i === begin ? before : -2 - begin;
    }
    this.bytes = this.#edges.byteLength + this.#buckets.byteLength;
  }

  /** Number of the entry with the longest prefix around the address, or -1. */
  find(address: number): number {
    const bucket = this.#buckets[address >>> this.#shift]!;
    if (bucket >= -1) return bucket;
    const edges = this.#edges;
    const count = this.#count;
    let low = -2 - bucket;
    let high = low;
    // Steps that double: most buckets have one or two edges, but one may have them all.
    for (let step = 1; high < count && edges[2 * high]! <= address; step *= 2) {
      low = high + 1;
      high = low + step - 1;
    }
    high = Math.min(high, count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (edges[2 * middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : edges[2 * low - 1]! - 1;
  }
}
