import { commonBits } from '../address/words.ts';
import type { Flat } from './flatten.ts';

export const WIDTH = 4;
/** Words in front of a node's table. */
export const NODE = 8;
/** Words of an edge: its address, then its owner + 1. */
export const EDGE = 5;
/** Marks an entry that leads on. */
export const ONWARD = 2 ** 31;
/** So few edges are looked at one after the other; at most 7, see `Trie6`. */
const FEW = 4;
/** Of the largest table: 16 MB. */
const MAX_BITS = 22;
/** A table in which fewer entries than one in so many lead on is made smaller. */
const SPARSE = 4;

/**
 * A trie of tables over the edges, in one array. A node skips the bits that all its edges
 * share, as real lists are dense in a few places of a vast space, and looks up as many
 * further bits as tell its edges apart. It is laid out as
 *
 *   bits to skip × 256 + bits to look up, 0, owner + 1 below its edges, owner + 1 above them,
 *   an address of which all its edges share the skipped bits (4 words),
 *   its table.
 *
 * An entry of a table is the owner + 1 where no edge lies; otherwise ONWARD + 8 × place +
 * number of edges there. That number is 0 for more than FEW: another node. At most FEW
 * edges are a run: the owner + 1 below them, then the edges.
 *
 * With a million prefixes the time goes into memory that is in no cache, and with 4 kB
 * pages into finding out where that memory is. So what is read for one address lies together.
 */
export class Trie6 {
  words = new Uint32Array(1_024);
  #used = 0;
  readonly #flat: Flat;

  constructor(flat: Flat) {
    this.#flat = flat;
    if (flat.count > 0) this.#addNode(0, flat.count);
    this.words = this.words.slice(0, this.#used);
  }

  /** Edges `from` up to and without `to`; answers with its place. */
  #addNode(from: number, to: number): number {
    const { edges } = this.#flat;
    const skip = Math.min(127, commonBits(edges, from, edges, to - 1, WIDTH));
    const bits = bitsToLookUp(edges, from, to, skip);
    const place = this.#reserve(NODE + 2 ** bits);
    this.words.set([skip * 256 + bits, 0, this.#ownerBefore(from), this.#ownerBefore(to)], place);
    this.words.set(edges.subarray(from * WIDTH, (from + 1) * WIDTH), place + WIDTH);
    for (let value = 0, i = from; value < 2 ** bits; value += 1) {
      const begin = i;
      while (i < to && bitsAt(edges, i * WIDTH, skip, bits) === value) i += 1;
      // Not in one statement: what is added may replace the array.
      const entry = this.#entry(begin, i);
      this.words[place + NODE + value] = entry;
    }
    return place;
  }

  #entry(from: number, to: number): number {
    if (from === to) return this.#ownerBefore(from);
    if (to - from > FEW) return ONWARD + this.#addNode(from, to) * 8;
    const place = this.#reserve(1 + (to - from) * EDGE);
    this.words[place] = this.#ownerBefore(from);
    for (let i = from, at = place + 1; i < to; i += 1, at += EDGE) {
      for (let w = 0; w < WIDTH; w += 1) this.words[at + w] = this.#flat.edges[i * WIDTH + w]!;
      this.words[at + WIDTH] = this.#ownerBefore(i + 1);
    }
    return ONWARD + place * 8 + (to - from);
  }

  #ownerBefore(edge: number): number {
    return edge === 0 ? 0 : this.#flat.owners[edge - 1]! + 1;
  }

  #reserve(size: number): number {
    const place = this.#used;
    this.#used += size;
    if (this.#used > this.words.length) {
      const grown = new Uint32Array(Math.max(this.#used, this.words.length * 2));
      grown.set(this.words);
      this.words = grown;
    }
    return place;
  }
}

/** As many as give each edge an entry of its own, but fewer where that leaves most entries empty. */
function bitsToLookUp(edges: Uint32Array, from: number, to: number, skip: number): number {
  let bits = Math.min(MAX_BITS, 32 - Math.clz32(to - from), 128 - skip);
  for (; bits > 1; bits -= 1) {
    let taken = 1;
    for (let i = from + 1; i < to; i += 1) {
      if (bitsAt(edges, i * WIDTH, skip, bits) !== bitsAt(edges, (i - 1) * WIDTH, skip, bits)) taken += 1;
    }
    if (taken * SPARSE >= 2 ** bits) break;
  }
  return bits;
}

/** Of the address that begins at word `at`: `count` bits, from 1 to 32, behind the first `skip`. */
export function bitsAt(words: Uint32Array, at: number, skip: number, count: number): number {
  const word = at + (skip >>> 5);
  const shift = skip & 31;
  if (shift + count <= 32) return (words[word]! << shift) >>> (32 - count);
  return ((words[word]! << shift) | (words[word + 1]! >>> (32 - shift))) >>> (32 - count);
}
