/** What an entry must not be older than, by instance: an answer below it breaks a promise. */
export class Floors {
  #everywhere = 0;
  readonly #at = new Map<string, number>();
  /** Promised to hold everywhere from a moment on, in the order of these. */
  #coming: { version: number; from: number }[] = [];

  /** Holds at this instance for what is asked from now on, and everywhere from `from` on, in ms of `performance.now()`. */
  raise(version: number, { instance, from }: { instance?: string; from: number }): void {
    if (instance !== undefined && version > (this.#at.get(instance) ?? 0)) this.#at.set(instance, version);
    if (version > this.#everywhere) this.#coming.push({ version, from });
  }

  /** For what is asked now. */
  of(instance: string, now: number): number {
    if (this.#coming.length > 0) {
      for (const { version, from } of this.#coming) {
        if (from <= now && version > this.#everywhere) this.#everywhere = version;
      }
      this.#coming = this.#coming.filter(({ version, from }) => from > now && version > this.#everywhere);
    }
    return Math.max(this.#everywhere, this.#at.get(instance) ?? 0);
  }
}
