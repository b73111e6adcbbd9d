import { commonBits } from '../address/words.ts';
import type { Flat } from './flatten.ts';

export const WIDTH = 4;
/** Words of an edge. */
export const EDGE = 3;
/** Words of a node; its prefix is the second half. */
export const NODE = 8;
/** So few edges are looked at one after the other. */
const FEW = 4;
/** Of the largest table: 16 MB. */
const MAX_BITS = 22;
/** A table in which fewer entries than one in so many lead on is made smaller. */
const SPARSE = 4;

/**
 * A trie of tables over the edges. Each node skips the bits that all its edges share, as
 * real lists are dense in a few places of a vast space, and looks up as many further
 * bits as tell its edges apart. An entry is
 *
 *   the owner + 1        where no edge lies,
 *   ~(2 × edge)          where at most FEW do, of which this is the first, or
 *   ~(2 × node + 1)      where more do.
 *
 * With a million prefixes the time goes into memory that is in no cache, so what is read
 * for one address is kept small and together.
 */
export interface Tables6 {
  readonly count: number;
  /** Each: the first half of its address; then (owner + 1) × 2, + 1 if the second half is not zero. */
  readonly edges: Uint32Array;
  /** The second halves, which are needed for edges within a /64 only. */
  readonly rests: Uint32Array;
  /** Each: bits to skip × 256 + bits to look up; its table; owner + 1 below its edges; above them; its prefix. */
  readonly nodes: Uint32Array;
  readonly tables: Int32Array;
}

export function buildTables(flat: Flat): Tables6 {
  const { count, edges, owners } = flat;
  const nodes: number[] = [];
  let tables = new Int32Array(1_024);
  let used = 0;
  const ownerBefore = (edge: number): number => (edge === 0 ? 0 : owners[edge - 1]! + 1);
  const addNode = (from: number, to: number): number => {
    const node = nodes.length / NODE;
    const skip = Math.min(127, commonBits(edges, from, edges, to - 1, WIDTH));
    const bits = bitsToLookUp(edges, from, to, skip);
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
  return { count, ...halves(flat), nodes: Uint32Array.from(nodes), tables: tables.slice(0, used) };
}

function halves({ count, edges, owners }: Flat): Pick<Tables6, 'edges' | 'rests'> {
  const firsts = new Uint32Array(count * EDGE);
  const rests = new Uint32Array(count * 2);
  for (let i = 0; i < count; i += 1) {
    const [a, b, c, d] = [i * WIDTH, i * WIDTH + 1, i * WIDTH + 2, i * WIDTH + 3];
    firsts[i * EDGE] = edges[a]!;
    firsts[i * EDGE + 1] = edges[b]!;
    firsts[i * EDGE + 2] = (owners[i]! + 1) * 2 + (edges[c] === 0 && edges[d] === 0 ? 0 : 1);
    rests[i * 2] = edges[c]!;
    rests[i * 2 + 1] = edges[d]!;
  }
  return { edges: firsts, rests };
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
