import { setTimeout as delay } from 'node:timers/promises';

/** Lets so many through in a second, the others in line. One for all that share a quota. */
export class Rate {
  readonly #everyMs: number;
  #next = 0;

  constructor(perSecond: number) {
    this.#everyMs = 1_000 / perSecond;
  }

  async turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#everyMs;
    if (at > now) await delay(at - now);
  }
}
