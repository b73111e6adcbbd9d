import { compare, copy, increment, wordsOf } from '../address/words.ts';
import type { Entries } from '../set/entries.ts';
import { isWithin, toPieces } from '../set/pieces.ts';

/**
 * Nested prefixes, laid flat: from `edges[i]` up to the next edge the longest prefix is
 * the same one, and comes from entry `owners[i]`, or from none (-1). Ascending.
 */
export interface Flat {
  readonly count: number;
  readonly edges: Uint32Array;
  readonly owners: Int32Array;
}

/** A range that is no CIDR counts as the CIDRs it consists of. Of equal prefixes the first listed wins. */
export function flatten(entries: Entries): Flat {
  const pieces = toPieces(entries);
  const { prefixes, owners, ends, order } = pieces;
  const out = new FlatList(2 * prefixes.count, wordsOf(entries.family));
  /** Pieces around the current place, the widest first. */
  const open: number[] = [];
  /** Ends the innermost piece: what is around it goes on behind. */
  const close = (): void => {
    const ended = open.pop()!;
    out.addBehind(ends, ended, open.length > 0 ? owners[open.at(-1)!]! : -1);
  };
  for (const piece of order) {
    while (open.length > 0 && !isWithin(pieces, piece, open.at(-1)!)) close();
    // Pieces around one another and of the same length are the same.
    if (open.length > 0 && prefixes.length[open.at(-1)!] === prefixes.length[piece]) continue;
    out.add(prefixes.address, piece, owners[piece]!);
    open.push(piece);
  }
  while (open.length > 0) close();
  return out.done();
}

class FlatList {
  readonly #edges: Uint32Array;
  readonly #owners: Int32Array;
  readonly #width: number;
  #count = 0;

  constructor(room: number, width: number) {
    this.#edges = new Uint32Array((room + 1) * width);
    this.#owners = new Int32Array(room + 1);
    this.#width = width;
  }

  add(words: Uint32Array, index: number, owner: number): void {
    copy(words, index, this.#edges, this.#count, this.#width);
    this.#own(owner);
  }

  addBehind(words: Uint32Array, index: number, owner: number): void {
    copy(words, index, this.#edges, this.#count, this.#width);
    if (increment(this.#edges, this.#count, this.#width)) this.#own(owner);
  }

  done(): Flat {
    const count = this.#count;
    return {
      count,
      edges: this.#edges.slice(0, count * this.#width),
      owners: this.#owners.slice(0, count),
    };
  }

  /** At the same place the later one wins: it is what goes on there. */
  #own(owner: number): void {
    const before = this.#count - 1;
    if (before >= 0 && compare(this.#edges, before, this.#edges, this.#count, this.#width) === 0) {
      this.#owners[before] = owner;
    } else {
      this.#owners[this.#count] = owner;
      this.#count += 1;
    }
  }
}
