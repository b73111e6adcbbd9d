import { commonBits, compare } from '../address/words.ts';
import type { Entries } from '../set/entries.ts';
import { flatten } from './flatten.ts';
import { bitsAt, buildTables, EDGE, NODE, WIDTH, type Tables6 } from './tables6.ts';

/** Longest prefix match for IPv6, by a trie of tables. */
export class Lookup6 {
  readonly #tables: Tables6;
  /** Size of the tables. */
  readonly bytes: number;

  constructor(entries: Entries) {
    this.#tables = buildTables(flatten(entries));
    const { edges, rests, nodes, tables } = this.#tables;
    this.bytes = edges.byteLength + rests.byteLength + nodes.byteLength + tables.byteLength;
  }

  /** Number of the entry with the longest prefix around address `index` of `words`, or -1. */
  find(words: Uint32Array, index = 0): number {
    const { count, nodes, tables } = this.#tables;
    if (count === 0) return -1;
    const at = index * WIDTH;
    for (let node = 0; ;) {
      const first = node * NODE;
      const skip = nodes[first]! >>> 8;
      const prefix = (node * NODE) / WIDTH + 1;
      if (commonBits(words, index, nodes, prefix, WIDTH) < skip) {
        return nodes[compare(words, index, nodes, prefix, WIDTH) < 0 ? first + 2 : first + 3]! - 1;
      }
      const entry = tables[nodes[first + 1]! + bitsAt(words, at, skip, nodes[first]! & 255)]!;
      if (entry >= 0) return entry - 1;
      if ((~entry & 1) === 0) return this.#scan(words, at, ~entry >> 1);
      node = ~entry >> 1;
    }
  }

  /** From an edge on, as far as the edges are not above the address. */
  #scan(words: Uint32Array, at: number, from: number): number {
    const { count, edges } = this.#tables;
    const [first, second] = [words[at]!, words[at + 1]!];
    let edge = from;
    for (; edge < count; edge += 1) {
      const of = edge * EDGE;
      if (edges[of]! > first) break;
      if (edges[of]! < first || edges[of + 1]! < second) continue;
      if (edges[of + 1]! > second || ((edges[of + 2]! & 1) === 1 && this.#isRestAbove(words, at, edge)))
        break;
    }
    return edge === 0 ? -1 : (edges[edge * EDGE - 1]! >>> 1) - 1;
  }

  #isRestAbove(words: Uint32Array, at: number, edge: number): boolean {
    const { rests } = this.#tables;
    const third = rests[edge * 2]!;
    return third > words[at + 2]! || (third === words[at + 2] && rests[edge * 2 + 1]! > words[at + 3]!);
  }
}
