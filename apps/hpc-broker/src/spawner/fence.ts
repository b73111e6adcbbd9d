import { closeSync, futimesSync, openSync, statSync } from 'node:fs';

/**
 * How long no broker has been heard of. Other brokers count on it: after `orphanSeconds` and a margin they
 * take for lost what was started here, and may run the next attempt of it elsewhere. The time of the last
 * beat is also the time of a file, so that a spawner which is started again does not count from nothing.
 *
 * By the monotonic clock: a machine that is suspended as a whole counts on when it wakes up.
 */
export class Fence {
  readonly #path: string;
  #heardAt: number;

  constructor(path: string) {
    this.#path = path;
    const before = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    this.#heardAt = performance.now() - Math.max(0, Date.now() - before);
  }

  beat(): void {
    this.#heardAt = performance.now();
    const file = openSync(this.#path, 'a');
    const now = new Date();
    futimesSync(file, now, now);
    closeSync(file);
  }

  silentSeconds(): number {
    return (performance.now() - this.#heardAt) / 1_000;
  }
}
