import type { Policy } from './policy.ts';
import { Queue } from './queue.ts';
import type { Slot, Slots } from './slots.ts';

/** Least recently used: right when what was asked for lately is asked for again; a loop larger than the cache never hits. */
export class Lru implements Policy {
  readonly #queue: Queue;
  readonly remembered = 0;

  constructor(slots: Slots) {
    this.#queue = new Queue(slots);
  }

  hit(slot: Slot): void {
    this.#queue.renew(slot);
  }

  arrive(): void {}

  add(slot: Slot): void {
    this.#queue.add(slot);
  }

  victim(): Slot {
    return this.#queue.oldest;
  }

  remove(slot: Slot): void {
    this.#queue.remove(slot);
  }

  resize(slot: Slot, size: number): void {
    this.#queue.resize(slot, size);
  }

  clear(): void {
    this.#queue.clear();
  }
}
