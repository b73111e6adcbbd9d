/** Somebody who waits to make one of several calls. */
interface Waiter {
  /** The calls it could make, each with the time at which it should be made. */
  wishes: ReadonlyMap<string, number>;
  resolve: (operation: string) => void;
}

export interface GateOptions {
  /** Time between two calls of an operation, in ms. */
  gapOf: (operation: string) => number;
  now?: () => number;
}

/** An operation that was refused is tried again after twice the time, up to this, in ms. */
const MAX_GAP_MS = 30_000;

/**
 * Lets one call of each operation through at a time and rate, the one first whose time has come
 * first. What a write says is decided only when its turn has come, so that whatever came up
 * meanwhile goes with it.
 */
export class Gate {
  readonly #gapOf: GateOptions['gapOf'];
  readonly #now: () => number;
  readonly #waiting = new Set<Waiter>();
  readonly #free = new Map<string, number>();
  readonly #gaps = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ gapOf, now = () => performance.now() }: GateOptions) {
    this.#gapOf = gapOf;
    this.#now = now;
  }

  /** Resolves with one of the operations when that may be called. Rejects when the signal aborts. */
  turn(wishes: ReadonlyMap<string, number>, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        wishes,
        resolve: (operation) => {
          signal.removeEventListener('abort', abort);
          resolve(operation);
        },
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
      this.#serve();
    });
  }

  /** The call was refused as one too many: somebody else shares the rate. */
  refused(operation: string): void {
    const gap = Math.min(
      MAX_GAP_MS,
      2 * (this.#gaps.get(operation) ?? Math.max(this.#gapOf(operation), 500)),
    );
    this.#gaps.set(operation, gap);
    this.#free.set(operation, this.#now() + gap);
    this.#serve();
  }

  /** AWS counted the call at some moment before it answered: from the answer on, the gap is one at AWS too. */
  accepted(operation: string): void {
    this.#gaps.delete(operation);
    this.#free.set(operation, this.#now() + this.#gapOf(operation));
  }

  /** The turn was not used. */
  unused(operation: string): void {
    this.#free.delete(operation);
    this.#serve();
  }

  #serve(): void {
    clearTimeout(this.#timer);
    const now = this.#now();
    for (;;) {
      const open = [...this.#waiting]
        .flatMap((waiter) => [...waiter.wishes].map(([operation, due]) => ({ waiter, operation, due })))
        .toSorted((a, b) => a.due - b.due);
      if (open.length === 0) return;
      const first = open.find(({ operation }) => (this.#free.get(operation) ?? 0) <= now);
      if (first === undefined) {
        const next = Math.min(...open.map(({ operation }) => this.#free.get(operation) ?? 0));
        this.#timer = setTimeout(() => this.#serve(), Math.ceil(next - now));
        return;
      }
      const { waiter, operation } = first;
      this.#waiting.delete(waiter);
      this.#free.set(operation, now + (this.#gaps.get(operation) ?? this.#gapOf(operation)));
      waiter.resolve(operation);
    }
  }
}
