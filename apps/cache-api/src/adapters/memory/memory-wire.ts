import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { LONGEST_TTL_MS } from '../write.ts';
import { readEach, type Need, type Read, type Slot, type Taken, type Wire } from '../wire.ts';

interface Item {
  bytes: Buffer;
  mark: string;
  until: number;
}

interface Held {
  token: string;
  /** Mark of what was there when it was taken. */
  mark: string;
  until: number;
}

/** About what a name and its item take beside their bytes. */
const ITEM_BYTES = 200;
const LEASES = 10_000;
const GENERATIONS = 100_000;

/** The store in this process: as strict as the others, and gone with it. Nothing here waits between its look and its write. */
export class MemoryWire implements Wire {
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #entries: LRUCache<string, Item>;
  readonly #leases = new LRUCache<string, Held>({ max: LEASES });
  readonly #generations = new LRUCache<string, { token: string; until: number }>({ max: GENERATIONS });

  constructor(options: { maxBytes: number; now: () => number }) {
    this.#now = options.now;
    this.#maxBytes = options.maxBytes;
    this.#entries = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: ({ bytes }, key) => bytes.length + key.length + ITEM_BYTES,
    });
  }

  async read(key: string): Promise<Slot> {
    const item = this.#item(key);
    return { bytes: item?.bytes, mark: item?.mark ?? '' };
  }

  readAll(keys: readonly string[], names: readonly string[]): Promise<Read> {
    return readEach(this, keys, names);
  }

  async take(key: string, seen: Slot, _need: Need, leaseMs: number): Promise<Taken> {
    if ((this.#item(key)?.mark ?? '') !== seen.mark) return 'changed';
    const held = this.#leases.get(key);
    if (held !== undefined && held.until > this.#now()) return { heldMs: held.until - this.#now() };
    const token = randomUUID();
    this.#leases.set(key, { token, mark: seen.mark, until: this.#now() + leaseMs });
    return { won: token };
  }

  async fill(key: string, token: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    const held = this.#leases.get(key);
    const isOurs = held?.token === token && held.until > this.#now();
    if (!isOurs || (this.#item(key)?.mark ?? '') !== held.mark) return false;
    this.#set(key, bytes, ttlMs);
    return true;
  }

  async release(key: string, token: string): Promise<void> {
    if (this.#leases.get(key)?.token === token) this.#leases.delete(key);
  }

  async replace(key: string, seen: Slot, bytes: Buffer, ttlMs: number): Promise<boolean> {
    if ((this.#item(key)?.mark ?? '') !== seen.mark) return false;
    this.#set(key, bytes, ttlMs);
    return true;
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(key);
    this.#leases.delete(key);
  }

  async generation(name: string): Promise<string | undefined> {
    return this.#token(name);
  }

  async keepGeneration(name: string, fresh: string): Promise<string> {
    const there = this.#token(name);
    if (there === undefined) this.#setGeneration(name, fresh);
    return there ?? fresh;
  }

  async swapGeneration(name: string, seen: string | undefined, next: string): Promise<boolean> {
    if (this.#token(name) !== seen) return false;
    this.#setGeneration(name, next);
    return true;
  }

  async removeGeneration(name: string): Promise<void> {
    this.#generations.delete(name);
  }

  room(key: string): number {
    return this.#maxBytes - key.length - ITEM_BYTES;
  }

  async check(): Promise<void> {}
  async close(): Promise<void> {}

  #item(key: string): Item | undefined {
    const item = this.#entries.get(key);
    return item !== undefined && item.until > this.#now() ? item : undefined;
  }

  #set(key: string, bytes: Buffer, ttlMs: number): void {
    this.#entries.set(key, { bytes, mark: randomUUID(), until: this.#now() + ttlMs });
    this.#leases.delete(key);
  }

  #token(name: string): string | undefined {
    const found = this.#generations.get(name);
    return found !== undefined && found.until > this.#now() ? found.token : undefined;
  }

  #setGeneration(name: string, token: string): void {
    this.#generations.set(name, { token, until: this.#now() + LONGEST_TTL_MS });
  }
}
