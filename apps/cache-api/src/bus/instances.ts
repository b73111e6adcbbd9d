/** Who else is there, by what is heard of them. */
export class Instances {
  readonly #lastHeard = new Map<string, number>();
  readonly #goneAfterMs: number;
  readonly #now: () => number;

  constructor(goneAfterMs: number, now: () => number = () => performance.now()) {
    this.#goneAfterMs = goneAfterMs;
    this.#now = now;
  }

  heardOf(instance: string): void {
    this.#lastHeard.set(instance, this.#now());
  }

  left(instance: string): void {
    this.#lastHeard.delete(instance);
  }

  /** Those that may still have something of their own. */
  get live(): string[] {
    const since = this.#now() - this.#goneAfterMs;
    for (const [instance, at] of this.#lastHeard) if (at < since) this.#lastHeard.delete(instance);
    return [...this.#lastHeard.keys()];
  }
}
