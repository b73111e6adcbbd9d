import { Ghosts } from './ghosts.ts';
import { hashKey } from './hash.ts';
import type { Policy } from './policy.ts';
import { Queue } from './queue.ts';
import type { Key, Slot, Slots } from './slots.ts';

/** Of the bytes; figures and rules are those of algorithm 1 in the paper. */
const SMALL_SHARE = 0.1;
const MOST_HITS = 3;
const SMALL = 0;
const MAIN = 1;

/**
 * S3-FIFO (Yang et al., "FIFO Queues are All You Need for Cache Eviction", SOSP '23). Newcomers wait in a small
 * queue; who was asked for more than once there gets into the main one, the others leave a ghost. Whose ghost
 * is still known comes back into the main one. There, who was asked for gets another round.
 */
export class S3Fifo implements Policy {
  readonly #slots: Slots;
  readonly #maxSmall: number;
  readonly #small: Queue;
  readonly #main: Queue;
  readonly #ghosts = new Ghosts();

  constructor(slots: Slots, maxBytes: number) {
    this.#slots = slots;
    this.#maxSmall = maxBytes * SMALL_SHARE;
    this.#small = new Queue(slots, SMALL);
    this.#main = new Queue(slots, MAIN);
  }

  get remembered(): number {
    return this.#ghosts.size;
  }

  hit(slot: Slot): void {
    const { hits } = this.#slots;
    if (hits[slot]! < MOST_HITS) hits[slot]! += 1;
  }

  arrive(slot: Slot, key: Key): void {
    this.#slots.hash[slot] = hashKey(key);
  }

  add(slot: Slot): void {
    const queue = this.#ghosts.take(this.#slots.hash[slot]!) ? this.#main : this.#small;
    queue.add(slot);
  }

  victim(): Slot {
    const { hits } = this.#slots;
    for (;;) {
      if (this.#small.bytes >= this.#maxSmall || this.#main.length === 0) {
        const slot = this.#small.oldest;
        if (hits[slot]! <= 1) return slot;
        this.#small.remove(slot);
        hits[slot] = 0;
        this.#main.add(slot);
      } else {
        const slot = this.#main.oldest;
        if (hits[slot] === 0) return slot;
        hits[slot]! -= 1;
        this.#main.renew(slot);
      }
    }
  }

  remove(slot: Slot, isEvicted: boolean): void {
    const isSmall = this.#slots.queue[slot] === SMALL;
    this.#queueOf(slot).remove(slot);
    // No more than there are entries (paper, section 4.1: as many as the main queue has).
    if (isEvicted && isSmall) {
      this.#ghosts.add(this.#slots.hash[slot]!, this.#small.length + this.#main.length);
    }
  }

  resize(slot: Slot, size: number): void {
    this.#queueOf(slot).resize(slot, size);
  }

  clear(): void {
    this.#small.clear();
    this.#main.clear();
    this.#ghosts.clear();
  }

  #queueOf(slot: Slot): Queue {
    return this.#slots.queue[slot] === SMALL ? this.#small : this.#main;
  }
}
