/** Hashes of keys that have gone, in the order they went; each once. */
export class Ghosts {
  readonly #hashes = new Set<number>();
  /** Goes on where it was, over what was added meanwhile: so the oldest is found without a walk over those that are gone. */
  #oldestFirst = this.#hashes.values();

  get size(): number {
    return this.#hashes.size;
  }

  /** Drops the oldest ones while there are more than `most`. */
  add(hash: number, most: number): void {
    this.#hashes.delete(hash);
    this.#hashes.add(hash);
    while (this.#hashes.size > most) {
      const { value, done } = this.#oldestFirst.next();
      if (done === true) this.#oldestFirst = this.#hashes.values();
      else this.#hashes.delete(value);
    }
  }

  /** Whether it was among them. */
  take(hash: number): boolean {
    return this.#hashes.delete(hash);
  }

  clear(): void {
    this.#hashes.clear();
    this.#oldestFirst = this.#hashes.values();
  }
}
