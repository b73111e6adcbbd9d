import type { Answer } from './answer.ts';

/** One load of one key, and all who wait for it in this process. */
export interface Flight {
  id: string;
  key: string;
  /** Of the process, from before anything was asked. */
  epoch: number;
  startedAt: number;
  answer: Promise<Answer>;
  settle(answer: Answer): void;
  fail(error: unknown): void;
  readonly isSettled: boolean;
}

/** Single flight: of those who ask for one key at the same time, one asks the store and the source. */
export class Flights {
  readonly #byKey = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.#byKey.get(key);
  }

  /** In place of one that is under way, which goes on for those who have joined it. */
  begin(id: string, key: string, epoch: number, startedAt: number): Flight {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    // Whoever waits is told; if nobody does any more, it is no error of the process.
    promise.catch(() => {});
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
      if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
    };
    const flight: Flight = {
      id,
      key,
      epoch,
      startedAt,
      answer: promise,
      settle(answer) {
        end();
        resolve(answer);
      },
      fail(error) {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
      get isSettled() {
        return isSettled;
      },
    };
    this.#byKey.set(key, flight);
    return flight;
  }

  get size(): number {
    return this.#byKey.size;
  }
}
