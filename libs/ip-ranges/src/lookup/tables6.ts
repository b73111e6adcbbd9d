import { commonBits } from '../address/words.ts';
import type { Flat } from './flatten.ts';

export const WIDTH = 4;
/** Words of an edge: its address, then its owner + 1, so that both are in one cache line. */
export const EDGE = 5;
/** Words of a node; its prefix is the second half. */
export const NODE = 8;
/** So few edges are looked at one after the other. */
const FEW = 4;
/** Of the largest table: 16 MB. */
const MAX_BITS = 22;

/**
 * A trie of tables over the edges. Each node skips the bits that all its edges share, as
 * real lists are dense in a few places of a vast space, and looks up as many further
 * bits as give each edge an entry of its own. An entry is
 *
 *   the owner + 1        where no edge lies,
 *   ~(2 × edge)          where at most FEW do, of which this is the first, or
 *   ~(2 × node + 1)      where more do.
 *
 * Mostly that makes one or two tables and one edge to read.
 */
export interface Tables6 {
  readonly count: number;
  readonly edges: Uint32Array;
  /** Each: bits to skip × 256 + bits to look up; its table; owner + 1 below its edges; above them; its prefix. */
  readonly nodes: Uint32Array;
  readonly tables: Int32Array;
}

export function buildTables({ count, edges, owners }: Flat): Tables6 {
  const withOwners = new Uint32Array(count * EDGE);
  for (let i = 0; i < count; i += 1) {
    for (let w = 0; w < WIDTH; w += 1) withOwners[i * EDGE + w] = edges[i * WIDTH + w]!;
    withOwners[i * EDGE + WIDTH] = owners[i]! + 1;
  }
  const nodes: number[] = [];
  let tables = new Int32Array(1_024);
  let used = 0;
  const ownerBefore = (edge: number): number => (edge === 0 ? 0 : owners[edge - 1]! + 1);
  const addNode = (from: number, to: number): number => {
    const node = nodes.length / NODE;
    const skip = Math.min(127, commonBits(edges, from, edges, to - 1, WIDTH));
    const bits = Math.min(MAX_BITS, 32 - Math.clz32(to - from), 128 - skip);
    const table = used;
    used += 2 ** bits;
    if (used > tables.length) {
      const grown = new Int32Array(Math.max(used, tables.length * 2));
      grown.set(tables);
      tables = grown;
    }
    nodes.push(skip * 256 + bits, table, ownerBefore(from), ownerBefore(to));
    nodes.push(...edges.subarray(from * WIDTH, (from + 1) * WIDTH));
    for (let value = 0, i = from; value < 2 ** bits; value += 1) {
      const begin = i;
      while (i < to && bitsAt(edges, i * WIDTH, skip, bits) === value) i += 1;
      if (i === begin) tables[table + value] = ownerBefore(begin);
      else tables[table + value] = i - begin <= FEW ? ~(2 * begin) : ~(2 * addNode(begin, i) + 1);
    }
    return node;
  };
  if (count > 0) addNode(0, count);
  return { count, edges: withOwners, nodes: Uint32Array.from(nodes), tables: tables.slice(0, used) };
}

/** Of the address that begins at word `at`: `count` bits, from 1 to 32, behind the first `skip`. */
export function bitsAt(words: Uint32Array, at: number, skip: number, count: number): number {
  const word = at + (skip >>> 5);
  const shift = skip & 31;
  if (shift + count <= 32) return (words[word]! << shift) >>> (32 - count);
  return ((words[word]! << shift) | (words[word + 1]! >>> (32 - shift))) >>> (32 - count);
}
