import { mix } from './hash.ts';

const ROWS = 4;
/** A block is a cache line of 64 bytes, so that a count touches one; each row has 4 words of 8 counters in it. */
const WORDS_PER_BLOCK = 16;
const WORDS_PER_ROW = 4;
const ENTRIES_PER_BLOCK = 8;
/** A counter has 4 bits. */
const MOST = 15;
/** Everything is halved after this many counts per entry, so that what was popular once is forgotten. */
const SAMPLE = 10;
const SMALLEST = 64;

/**
 * How often keys were asked for lately, about: a count-min sketch with aging (Einziger, Friedman, Manes,
 * "TinyLFU: A Highly Efficient Cache Admission Policy", ACM ToS 2017), laid out in blocks as in Caffeine's
 * FrequencySketch.java. 8 to 16 bytes per entry, whatever the number of keys.
 */
export class FrequencySketch {
  #words = new Int32Array(0);
  #blockMask = 0;
  #entries = 0;
  #counted = 0;

  constructor() {
    this.fit(1);
  }

  /** Of counters, 32 bits each. */
  get words(): number {
    return this.#words.length;
  }

  /** Makes it large enough for that many entries. What was counted stays: each block is two then, with the same counters. */
  fit(entries: number): void {
    if (entries <= this.#entries) return;
    const before = this.#words;
    this.#entries = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(entries)));
    const blocks = this.#entries / ENTRIES_PER_BLOCK;
    this.#blockMask = blocks - 1;
    this.#words = new Int32Array(blocks * WORDS_PER_BLOCK);
    if (before.length === 0) return;
    for (let at = 0; at < this.#words.length; at += before.length) this.#words.set(before, at);
  }

  clear(): void {
    this.#words = new Int32Array(0);
    this.#entries = 0;
    this.#counted = 0;
    this.fit(1);
  }

  count(hash: number): void {
    const words = this.#words;
    const block = (hash & this.#blockMask) * WORDS_PER_BLOCK;
    let bits = mix(hash + 0x9e3779b9);
    let isCounted = false;
    for (let row = 0; row < ROWS; row += 1, bits >>>= 8) {
      const at = block + row * WORDS_PER_ROW + ((bits >>> 3) & 3);
      const shift = (bits & 7) << 2;
      const word = words[at]!;
      if (((word >>> shift) & MOST) === MOST) continue;
      words[at] = word + (1 << shift);
      isCounted = true;
    }
    if (isCounted && (this.#counted += 1) >= SAMPLE * this.#entries) this.#age();
  }

  /** 0 to 15. Never less than it is, but for aging. */
  frequency(hash: number): number {
    const words = this.#words;
    const block = (hash & this.#blockMask) * WORDS_PER_BLOCK;
    let bits = mix(hash + 0x9e3779b9);
    let least = MOST;
    for (let row = 0; row < ROWS; row += 1, bits >>>= 8) {
      const word = words[block + row * WORDS_PER_ROW + ((bits >>> 3) & 3)]!;
      least = Math.min(least, (word >>> ((bits & 7) << 2)) & MOST);
    }
    return least;
  }

  #age(): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at]! >>> 1) & 0x77777777;
    this.#counted >>>= 1;
  }
}
