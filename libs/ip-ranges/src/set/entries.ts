import { copy, wordsOf, type Family } from '../address/words.ts';

/** Ranges of one family as they were listed: unsorted, overlapping, each with its place. */
export interface Entries {
  readonly family: Family;
  readonly count: number;
  /** Addresses, see words.ts. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  /** One number per entry; missing while all are 1. */
  readonly weights: Float64Array | undefined;
}

const SMALLEST = 64;

/** Entries that grow. The arrays are longer than `count` until `trimmed`. */
export class EntryList implements Entries {
  readonly family: Family;
  count = 0;
  first: Uint32Array;
  last: Uint32Array;
  weights: Float64Array | undefined;
  readonly #width: number;
  #room = SMALLEST;

  constructor(family: Family) {
    this.family = family;
    this.#width = wordsOf(family);
    this.first = new Uint32Array(this.#room * this.#width);
    this.last = new Uint32Array(this.#room * this.#width);
  }

  add(first: Uint32Array, last: Uint32Array, weight = 1): void {
    if (this.count === this.#room) this.#grow();
    copy(first, 0, this.first, this.count, this.#width);
    copy(last, 0, this.last, this.count, this.#width);
    this.#weigh(weight);
  }

  /** The same for IPv4, without arrays. */
  addIpv4(first: number, last: number, weight: number): void {
    if (this.count === this.#room) this.#grow();
    this.first[this.count] = first;
    this.last[this.count] = last;
    this.#weigh(weight);
  }

  trimmed(): Entries {
    const { family, count, weights } = this;
    return {
      family,
      count,
      first: this.first.subarray(0, count * this.#width),
      last: this.last.subarray(0, count * this.#width),
      weights: weights?.subarray(0, count),
    };
  }

  #weigh(weight: number): void {
    if (weight !== 1) this.weights ??= new Float64Array(this.#room).fill(1);
    if (this.weights !== undefined) this.weights[this.count] = weight;
    this.count += 1;
  }

  #grow(): void {
    this.#room *= 2;
    const enlarged = (old: Uint32Array): Uint32Array => {
      const words = new Uint32Array(this.#room * this.#width);
      words.set(old);
      return words;
    };
    this.first = enlarged(this.first);
    this.last = enlarged(this.last);
    if (this.weights === undefined) return;
    const weights = new Float64Array(this.#room);
    weights.set(this.weights);
    this.weights = weights;
  }
}
