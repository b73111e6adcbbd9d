import { createPolicy, type Policy, type PolicyName } from './policy.ts';
import { NONE, Slots, type Key, type Slot } from './slots.ts';

/** Why a value is not here any more. */
export type Gone = 'evicted' | 'replaced' | 'deleted';
export type OnEvict<K extends Key, V> = (value: V, key: K, why: Gone) => void;

/** Else something large would push out everything, to be kept for a moment. */
const LARGEST_SHARE = 1 / 8;

/** A map that never holds more than `maxBytes`, as its callers count them; the policy says who goes. */
export class BoundedMap<V, K extends Key = string> {
  readonly #index = new Map<K, Slot>();
  readonly #keys: (K | undefined)[] = [undefined];
  readonly #values: (V | undefined)[] = [undefined];
  readonly #slots = new Slots();
  readonly #policy: Policy;
  readonly #maxBytes: number;
  readonly #maxSize: number;
  readonly #onEvict: OnEvict<K, V> | undefined;
  #bytes = 0;

  /**
   * `onEvict` is called once for each value that was here, when it is no more, whatever the reason. It must not write.
   * `maxSize`: the largest entry that is taken, in bytes.
   */
  constructor(
    maxBytes: number,
    policy: PolicyName = 'lru',
    onEvict?: OnEvict<K, V>,
    maxSize = Math.ceil(maxBytes * LARGEST_SHARE),
  ) {
    this.#policy = createPolicy(policy, this.#slots, maxBytes);
    this.#maxBytes = maxBytes;
    this.#maxSize = Math.min(maxSize, maxBytes);
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#index.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What the policy remembers beside the entries: ghosts, or words of counters. */
  get remembered(): number {
    return this.#policy.remembered;
  }

  /** For entries, taken or free: as many as there ever were at once. */
  get places(): number {
    return this.#slots.places;
  }

  get(key: K): V | undefined {
    const slot = this.#index.get(key);
    if (slot === undefined) return undefined;
    this.#policy.hit(slot);
    return this.#values[slot];
  }

  /** Without it counting as use. */
  peek(key: K): V | undefined {
    const slot = this.#index.get(key);
    return slot === undefined ? undefined : this.#values[slot];
  }

  /** False: it is not kept, and what was there before is gone too. `size` in bytes, above 0. */
  set(key: K, value: V, size: number): boolean {
    const slot = this.#index.get(key);
    if (!(size > 0 && size <= this.#maxSize)) {
      if (slot !== undefined) this.#drop(slot, 'deleted');
      return false;
    }
    return slot === undefined ? this.#add(key, value, size) : this.#replace(slot, key, value, size);
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    const slot = this.#index.get(key);
    if (slot === undefined) return false;
    this.#drop(slot, 'deleted');
    return true;
  }

  clear(): void {
    const gone = [...this.#index].map(([key, slot]) => ({ key, value: this.#values[slot]! }));
    this.#index.clear();
    this.#policy.clear();
    this.#slots.clear();
    this.#keys.length = 1;
    this.#values.length = 1;
    this.#bytes = 0;
    for (const { key, value } of gone) this.#onEvict?.(value, key, 'deleted');
  }

  #add(key: K, value: V, size: number): boolean {
    const slot = this.#slots.take(size);
    this.#policy.arrive(slot, key);
    while (this.#bytes + size > this.#maxBytes) {
      const victim = this.#policy.victim(slot);
      if (victim === slot) {
        this.#slots.give(slot);
        return false;
      }
      this.#drop(victim, 'evicted');
    }
    this.#policy.add(slot);
    this.#index.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.#bytes += size;
    return true;
  }

  /** Where it was, as it has earned its place. */
  #replace(slot: Slot, key: K, value: V, size: number): boolean {
    const before = this.#values[slot]!;
    this.#policy.resize(slot, size);
    this.#bytes += size - this.#slots.size[slot]!;
    this.#slots.size[slot] = size;
    this.#values[slot] = value;
    this.#policy.hit(slot);
    this.#onEvict?.(before, key, 'replaced');
    while (this.#bytes > this.#maxBytes) {
      const victim = this.#policy.victim(NONE);
      this.#drop(victim, 'evicted');
      if (victim === slot) return false;
    }
    return true;
  }

  #drop(slot: Slot, why: Gone): void {
    const key = this.#keys[slot]!;
    const value = this.#values[slot]!;
    this.#index.delete(key);
    this.#policy.remove(slot, why === 'evicted');
    this.#bytes -= this.#slots.size[slot]!;
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    this.#slots.give(slot);
    this.#onEvict?.(value, key, why);
  }
}
