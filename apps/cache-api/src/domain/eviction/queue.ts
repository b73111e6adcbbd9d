import { NONE, type Slot, type Slots } from './slots.ts';

/** Entries in the order they came, linked to each other: each can leave from where it is. */
export class Queue {
  newest: Slot = NONE;
  oldest: Slot = NONE;
  bytes = 0;
  length = 0;
  readonly #slots: Slots;
  readonly #number: number;

  /** `number`: what `slots.queue` is for those in here. */
  constructor(slots: Slots, number = 0) {
    this.#slots = slots;
    this.#number = number;
  }

  /** As the newest one. It must be in no queue. */
  add(slot: Slot): void {
    const { newer, older, queue, size } = this.#slots;
    const { newest } = this;
    queue[slot] = this.#number;
    older[slot] = newest;
    newer[slot] = NONE;
    if (newest === NONE) this.oldest = slot;
    else newer[newest] = slot;
    this.newest = slot;
    this.bytes += size[slot]!;
    this.length += 1;
  }

  remove(slot: Slot): void {
    const { newer, older, size } = this.#slots;
    const after = newer[slot]!;
    const before = older[slot]!;
    if (after === NONE) this.newest = before;
    else older[after] = before;
    if (before === NONE) this.oldest = after;
    else newer[before] = after;
    this.bytes -= size[slot]!;
    this.length -= 1;
  }

  /** It becomes the newest of those it is among. */
  renew(slot: Slot): void {
    const { newest } = this;
    if (slot === newest) return;
    const { newer, older } = this.#slots;
    const after = newer[slot]!;
    const before = older[slot]!;
    older[after] = before;
    if (before === NONE) this.oldest = after;
    else newer[before] = after;
    newer[newest] = slot;
    older[slot] = newest;
    newer[slot] = NONE;
    this.newest = slot;
  }

  /** Its size is about to be another one. */
  resize(slot: Slot, size: number): void {
    this.bytes += size - this.#slots.size[slot]!;
  }

  clear(): void {
    this.newest = NONE;
    this.oldest = NONE;
    this.bytes = 0;
    this.length = 0;
  }
}
