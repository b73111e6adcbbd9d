import {
  addPowerOfTwo,
  bitsOf,
  commonBits,
  copy,
  trailingOnes,
  trailingZeros,
  wordsOf,
  type Family,
} from '../address/words.ts';
import { copyLast, rangeCount, type Ranges } from './ranges.ts';

/** CIDRs of one family. */
export interface Prefixes {
  readonly family: Family;
  readonly count: number;
  /** Network addresses, see words.ts. */
  readonly address: Uint32Array;
  readonly length: Uint8Array;
}

/** The least number of CIDRs that cover exactly the set, ascending. */
export function toPrefixes(ranges: Ranges): Prefixes {
  const list = new PrefixList(ranges.family, rangeCount(ranges));
  if (ranges.family === 4) {
    const { edges } = ranges;
    for (let i = 0; i < edges.length; i += 2) list.addIpv4Range(edges[i]!, edges[i + 1] ?? 2 ** 32);
    return list.done();
  }
  const last = new Uint32Array(wordsOf(ranges.family));
  for (let i = 0; i < rangeCount(ranges); i += 1) {
    copyLast(ranges, i, last, 0);
    list.addRange(ranges.edges, 2 * i, last, 0);
  }
  return list.done();
}

/** CIDRs that grow in number. */
export class PrefixList {
  readonly #family: Family;
  readonly #width: number;
  #address: Uint32Array;
  #length: Uint8Array;
  count = 0;

  constructor(family: Family, room = 16) {
    this.#family = family;
    this.#width = wordsOf(family);
    this.#address = new Uint32Array(Math.max(room, 1) * this.#width);
    this.#length = new Uint8Array(Math.max(room, 1));
  }

  add(address: Uint32Array, index: number, length: number): void {
    if (this.count === this.#length.length) this.#grow();
    copy(address, index, this.#address, this.count, this.#width);
    this.#length[this.count] = length;
    this.count += 1;
  }

  /** The fewest CIDRs from `first` to `last`: each as large as its begin and the end allow. */
  addRange(first: Uint32Array, i: number, last: Uint32Array, j: number): void {
    const width = this.#width;
    const next = first.slice(i * width, (i + 1) * width);
    for (;;) {
      // Below their common bits `next` and `last` span 2^open addresses: all of them only if `last` ends in ones.
      const open = bitsOf(this.#family) - commonBits(next, 0, last, j, width);
      const most = trailingOnes(last, j, width) >= open ? open : open - 1;
      const power = Math.min(trailingZeros(next, 0, width), most);
      this.add(next, 0, bitsOf(this.#family) - power);
      if (power === open || !addPowerOfTwo(next, 0, width, power)) return;
    }
  }

  /** The same for IPv4 in plain numbers, up to and without `end`. */
  addIpv4Range(begin: number, end: number): void {
    for (let next = begin; next < end;) {
      const zeros = next === 0 ? 32 : 31 - Math.clz32(next & -next);
      const room = end - next === 2 ** 32 ? 32 : 31 - Math.clz32(end - next);
      const power = Math.min(zeros, room);
      if (this.count === this.#length.length) this.#grow();
      this.#address[this.count] = next;
      this.#length[this.count] = 32 - power;
      this.count += 1;
      next += 2 ** power;
    }
  }

  done(): Prefixes {
    const { count } = this;
    return {
      family: this.#family,
      count,
      address: this.#address.subarray(0, count * this.#width),
      length: this.#length.subarray(0, count),
    };
  }

  #grow(): void {
    const address = new Uint32Array(this.#address.length * 2);
    address.set(this.#address);
    this.#address = address;
    const length = new Uint8Array(this.#length.length * 2);
    length.set(this.#length);
    this.#length = length;
  }
}
