import type { Entries } from '../set/entries.ts';
import { flatten } from './flatten.ts';
import { bitsAt, EDGE, NODE, ONWARD, Trie6, WIDTH } from './trie6.ts';

/** Longest prefix match for IPv6, by a trie of tables. */
export class Lookup6 {
  readonly #trie: Uint32Array;
  /** Size of the tables. */
  readonly bytes: number;

  constructor(entries: Entries) {
    this.#trie = new Trie6(flatten(entries)).words;
    this.bytes = this.#trie.byteLength;
  }

  /** Number of the entry with the longest prefix around address `index` of `words`, or -1. */
  find(words: Uint32Array, index = 0): number {
    const trie = this.#trie;
    if (trie.length === 0) return -1;
    const at = index * WIDTH;
    for (let node = 0; ;) {
      const skip = trie[node]! >>> 8;
      // Behind other bits than the node's own its table means nothing.
      const side = sideOf(words, at, trie, node + WIDTH, skip);
      if (side !== 0) return trie[node + (side < 0 ? 2 : 3)]! - 1;
      const entry = trie[node + NODE + bitsAt(words, at, skip, trie[node]! & 255)]!;
      if (entry < ONWARD) return entry - 1;
      const place = (entry - ONWARD) >>> 3;
      if ((entry & 7) !== 0) return inRun(words, at, trie, place, entry & 7);
      node = place;
    }
  }
}

/** Whether an address is below (negative) or above a node, by the first `bits` of both. */
function sideOf(words: Uint32Array, at: number, trie: Uint32Array, prefix: number, bits: number): number {
  let w = 0;
  for (; w < bits >>> 5; w += 1) {
    if (words[at + w] !== trie[prefix + w]) return words[at + w]! < trie[prefix + w]! ? -1 : 1;
  }
  if ((bits & 31) === 0) return 0;
  return (words[at + w]! >>> (32 - (bits & 31))) - (trie[prefix + w]! >>> (32 - (bits & 31)));
}

function inRun(words: Uint32Array, at: number, trie: Uint32Array, place: number, edges: number): number {
  let edge = place + 1;
  for (const end = edge + edges * EDGE; edge < end; edge += EDGE) {
    let w = 0;
    while (w < WIDTH - 1 && trie[edge + w] === words[at + w]) w += 1;
    if (trie[edge + w]! > words[at + w]!) break;
  }
  // In front of every edge is the owner below it.
  return trie[edge - 1]! - 1;
}
