/** Of an entry; replays use numbers, which are quicker. */
export type Key = string | number;

/** Number of the place an entry has; 0 is none. */
export type Slot = number;
export const NONE: Slot = 0;

const SMALLEST = 64;

/**
 * What is noted about each entry, as columns of numbers: a hit touches a few of them that lie close together,
 * and links make no work for the garbage collector. As objects, a hit of LRU took 60 % longer.
 */
export class Slots {
  /** Next to it in its queue: who came later, and who came earlier. */
  newer = new Int32Array(SMALLEST);
  older = new Int32Array(SMALLEST);
  /** Which queue it is in, as its policy numbers them. */
  queue = new Uint8Array(SMALLEST);
  /** As far as the policy counts them. */
  hits = new Uint8Array(SMALLEST);
  /** Of the key, 32 bits, for policies that remember keys that are gone. */
  hash = new Int32Array(SMALLEST);
  /** In bytes. */
  size = new Float64Array(SMALLEST);
  readonly #free: Slot[] = [];
  #used = 1;

  /** Places there are, taken or free. */
  get places(): number {
    return this.#used - 1;
  }

  take(size: number): Slot {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.size.length) this.#grow();
    this.size[slot] = size;
    this.hits[slot] = 0;
    return slot;
  }

  give(slot: Slot): void {
    this.#free.push(slot);
  }

  clear(): void {
    this.#free.length = 0;
    this.#used = 1;
  }

  #grow(): void {
    const length = 2 * this.size.length;
    const longer = <A extends Int32Array | Uint8Array | Float64Array>(column: A, wider: A): A => {
      wider.set(column);
      return wider;
    };
    this.newer = longer(this.newer, new Int32Array(length));
    this.older = longer(this.older, new Int32Array(length));
    this.queue = longer(this.queue, new Uint8Array(length));
    this.hits = longer(this.hits, new Uint8Array(length));
    this.hash = longer(this.hash, new Int32Array(length));
    this.size = longer(this.size, new Float64Array(length));
  }
}
