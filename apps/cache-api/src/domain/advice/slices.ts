import { setImmediate as nextTurn } from 'node:timers/promises';

/** In ms. */
const SLICE = 5;

/** Does long work a few ms at a time, so that requests are answered in between, and only up to a limit. */
export class Slices {
  cpuMs = 0;
  isComplete = true;
  readonly #budgetMs: number;
  #sliceFrom: number;

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#sliceFrom = performance.now();
  }

  get isSpent(): boolean {
    return this.cpuMs + performance.now() - this.#sliceFrom >= this.#budgetMs;
  }

  /** All of work that stops now and then, with or without something to show; up to the limit, but at least the first. */
  async all<T>(work: Iterable<T | undefined>): Promise<T[]> {
    const done: T[] = [];
    for (const one of work) {
      if (one !== undefined) done.push(one);
      if (performance.now() - this.#sliceFrom >= SLICE) await this.pause();
      if (this.isSpent && done.length > 0) {
        this.isComplete = false;
        break;
      }
    }
    return done;
  }

  async pause(): Promise<void> {
    this.cpuMs += performance.now() - this.#sliceFrom;
    await nextTurn();
    this.#sliceFrom = performance.now();
  }
}
