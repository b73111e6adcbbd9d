import type { Entries } from '../set/entries.ts';
import { flatten } from './flatten.ts';

/** As many buckets as edges, up to 2^24 of 4 bytes. */
const MAX_BITS = 24;
/** So many edges are looked at one after the other: most buckets have one or two. */
const FEW = 8;

/**
 * Longest prefix match for IPv4. The top bits of an address choose a bucket. Where no
 * edge lies in it, the bucket is the answer; otherwise it says at which edge to begin.
 * Unlike DIR-24-8, which takes a kilobyte for every /24 that has something longer in
 * it, the memory depends on the number of entries only: at most 32 bytes for each CIDR.
 */
export class Lookup4 {
  /** 0, then each edge and its owner + 1: in front of an edge is the owner of what is below it. */
  readonly #edges: Uint32Array;
  /** An owner + 1, or ~ the place of the first edge in the bucket. */
  readonly #buckets: Int32Array;
  readonly #shift: number;
  /** Size of the tables. */
  readonly bytes: number;

  constructor(entries: Entries) {
    const { count, edges, owners } = flatten(entries);
    this.#edges = new Uint32Array(1 + 2 * count);
    for (let i = 0; i < count; i += 1) {
      this.#edges[1 + 2 * i] = edges[i]!;
      this.#edges[2 + 2 * i] = owners[i]! + 1;
    }
    const bits = Math.min(MAX_BITS, Math.max(1, 32 - Math.clz32(count)));
    this.#shift = 32 - bits;
    this.#buckets = new Int32Array(2 ** bits);
    for (let bucket = 0, i = 0; bucket < this.#buckets.length; bucket += 1) {
      // An edge where the bucket begins is below everything in it.
      if (i < count && edges[i] === (bucket << this.#shift) >>> 0) i += 1;
      const begin = i;
      while (i < count && edges[i]! >>> this.#shift === bucket) i += 1;
      this.#buckets[bucket] = i === begin ? this.#edges[2 * begin]! : ~(1 + 2 * begin);
    }
    this.bytes = this.#edges.byteLength + this.#buckets.byteLength;
  }

  /** Number of the entry with the longest prefix around the address, or -1. */
  find(address: number): number {
    const bucket = this.#buckets[address >>> this.#shift]!;
    if (bucket >= 0) return bucket - 1;
    const edges = this.#edges;
    let at = ~bucket;
    const few = Math.min(at + 2 * FEW, edges.length);
    while (at < few && edges[at]! <= address) at += 2;
    return edges[(at < few ? at : firstAbove(edges, at, address)) - 1]! - 1;
  }
}

/** Place of the first edge above the address, from `from` on: one bucket may have nearly all edges. */
function firstAbove(edges: Uint32Array, from: number, address: number): number {
  let low = from >>> 1;
  let high = edges.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[1 + 2 * middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return 1 + 2 * low;
}
