import type { Policy } from './policy.ts';
import { Queue } from './queue.ts';
import { NONE, type Slot, type Slots } from './slots.ts';

/**
 * SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI '24): a hand goes from the oldest to the newest, and
 * takes the first that was not asked for since it last passed. A hit moves nothing. Newcomers stay ahead of
 * the hand, so that those that are asked for only once go soon.
 */
export class Sieve implements Policy {
  readonly #slots: Slots;
  readonly #queue: Queue;
  /** Where it goes on; NONE: at the oldest. */
  #hand = NONE;
  readonly remembered = 0;

  constructor(slots: Slots) {
    this.#slots = slots;
    this.#queue = new Queue(slots);
  }

  hit(slot: Slot): void {
    this.#slots.hits[slot] = 1;
  }

  arrive(): void {}

  add(slot: Slot): void {
    this.#queue.add(slot);
  }

  victim(): Slot {
    const { hits, newer } = this.#slots;
    let slot = this.#hand === NONE ? this.#queue.oldest : this.#hand;
    while (hits[slot] !== 0) {
      hits[slot] = 0;
      const next = newer[slot]!;
      slot = next === NONE ? this.#queue.oldest : next;
    }
    this.#hand = slot;
    return slot;
  }

  remove(slot: Slot): void {
    if (this.#hand === slot) this.#hand = this.#slots.newer[slot]!;
    this.#queue.remove(slot);
  }

  resize(slot: Slot, size: number): void {
    this.#queue.resize(slot, size);
  }

  clear(): void {
    this.#queue.clear();
    this.#hand = NONE;
  }
}
