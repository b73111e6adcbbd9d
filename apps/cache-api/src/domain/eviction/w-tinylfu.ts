import { FrequencySketch } from './frequency-sketch.ts';
import { hashKey } from './hash.ts';
import type { Policy } from './policy.ts';
import { Queue } from './queue.ts';
import { NONE, type Key, type Slot, type Slots } from './slots.ts';

/** Of all bytes, and of those that remain: as Caffeine begins with. Here it is not adapted. */
const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;
/** A flood of keys that collide could keep everybody out: of those asked for this often, a few are let in all the same. */
const SUSPICIOUS = 6;
const LET_IN = 1 / 128;

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

/**
 * W-TinyLFU (Einziger, Friedman, Manes, ACM ToS 2017; Caffeine, BoundedLocalCache.java). A small LRU window takes
 * who is new; who falls out of it gets into the main part only in place of one that was asked for less often.
 * The main part is an LRU of two segments: who is asked for again while on probation is protected.
 */
export class WTinyLfu implements Policy {
  readonly #slots: Slots;
  readonly #maxWindow: number;
  readonly #maxProtected: number;
  readonly #window: Queue;
  readonly #probation: Queue;
  readonly #protected: Queue;
  readonly #sketch = new FrequencySketch();
  /** Of a xorshift: chance, and yet the same in each replay. */
  #state = 0x2f6e2b1;

  constructor(slots: Slots, maxBytes: number) {
    this.#slots = slots;
    this.#maxWindow = maxBytes * WINDOW_SHARE;
    this.#maxProtected = maxBytes * (1 - WINDOW_SHARE) * PROTECTED_SHARE;
    this.#window = new Queue(slots, WINDOW);
    this.#probation = new Queue(slots, PROBATION);
    this.#protected = new Queue(slots, PROTECTED);
  }

  get remembered(): number {
    return this.#sketch.words;
  }

  hit(slot: Slot): void {
    this.#sketch.count(this.#slots.hash[slot]!);
    if (this.#slots.queue[slot] !== PROBATION) return this.#queueOf(slot).renew(slot);
    this.#probation.remove(slot);
    this.#protected.add(slot);
    while (this.#protected.bytes > this.#maxProtected) {
      const demoted = this.#protected.oldest;
      this.#protected.remove(demoted);
      this.#probation.add(demoted);
    }
  }

  arrive(slot: Slot, key: Key): void {
    const hash = hashKey(key);
    this.#slots.hash[slot] = hash;
    this.#sketch.fit(this.#window.length + this.#probation.length + this.#protected.length + 1);
    this.#sketch.count(hash);
  }

  add(slot: Slot): void {
    // What is larger than the window has won its place already.
    if (this.#slots.size[slot]! > this.#maxWindow) return this.#probation.add(slot);
    this.#window.add(slot);
    while (this.#window.bytes > this.#maxWindow) this.#graduate();
  }

  victim(newcomer: Slot): Slot {
    const resident = this.#probation.oldest === NONE ? this.#protected.oldest : this.#probation.oldest;
    if (resident === NONE) return this.#window.oldest;
    const candidate = this.#candidate(newcomer);
    if (candidate === NONE) return resident;
    if (!this.#isPreferred(candidate, resident)) return candidate;
    if (candidate !== newcomer) this.#graduate();
    return resident;
  }

  remove(slot: Slot): void {
    this.#queueOf(slot).remove(slot);
  }

  resize(slot: Slot, size: number): void {
    this.#queueOf(slot).resize(slot, size);
  }

  clear(): void {
    this.#window.clear();
    this.#probation.clear();
    this.#protected.clear();
    this.#sketch.clear();
  }

  /** Who has to win a place in the main part now: one larger than the window stands for itself. */
  #candidate(newcomer: Slot): Slot {
    const coming = newcomer === NONE ? 0 : this.#slots.size[newcomer]!;
    if (coming > this.#maxWindow) return newcomer;
    return this.#window.bytes + coming > this.#maxWindow ? this.#window.oldest : NONE;
  }

  #graduate(): void {
    const slot = this.#window.oldest;
    this.#window.remove(slot);
    this.#probation.add(slot);
  }

  #isPreferred(candidate: Slot, resident: Slot): boolean {
    const { hash } = this.#slots;
    const frequency = this.#sketch.frequency(hash[candidate]!);
    if (frequency > this.#sketch.frequency(hash[resident]!)) return true;
    return frequency >= SUSPICIOUS && this.#chance() < LET_IN;
  }

  #queueOf(slot: Slot): Queue {
    const queue = this.#slots.queue[slot];
    return queue === WINDOW ? this.#window : queue === PROBATION ? this.#probation : this.#protected;
  }

  /** 0 to 1. */
  #chance(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }
}
