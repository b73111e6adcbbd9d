import { LRUCache } from 'lru-cache';

/**
 * Tells whether something was invalidated since a moment: what was asked of the store or the source before
 * must not be kept in this process then. Bounded: of what is forgotten it is assumed that it was just invalidated.
 */
export class Epochs {
  #now = 0;
  /** All that was asked for before this is void. */
  #floor = 0;
  readonly #last: LRUCache<string, number>;

  constructor(max = 20_000) {
    this.#last = new LRUCache({
      max,
      dispose: (epoch, _name, reason) => {
        if (reason === 'evict') this.#floor = Math.max(this.#floor, epoch);
      },
    });
  }

  /** To be taken before asking. */
  get now(): number {
    return this.#now;
  }

  /** Names as in `generations.ts`. */
  end(names: Iterable<string>): void {
    this.#now += 1;
    for (const name of names) this.#last.set(name, this.#now);
  }

  endAll(): void {
    this.#now += 1;
    this.#floor = this.#now;
    this.#last.clear();
  }

  isOver(since: number, names: Iterable<string>): boolean {
    if (since < this.#floor) return true;
    for (const name of names) {
      const last = this.#last.peek(name);
      if (last !== undefined && last > since) return true;
    }
    return false;
  }
}
