/** Something that happens by itself: when (ms of the clock), and what. */
export interface Due {
  at: number;
  run: () => void;
}

/**
 * Lets happen what is due, one after the other, each at its own time: what becomes of things does not depend on how
 * often anybody looks. Nothing runs in between; whoever asks first makes it happen.
 */
export class Timeline {
  readonly #clock: () => number;
  readonly #sources: (() => Due | undefined)[] = [];
  #now: number | undefined;
  #last = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Adds where to ask for the earliest that is due. */
  addSource(source: () => Due | undefined): void {
    this.#sources.push(source);
  }

  /** The time of what happens; between two things that of the clock. */
  get now(): number {
    return this.#now ?? this.#clock();
  }

  /** The earliest that is due, if anything is. */
  next(): Due | undefined {
    return this.#sources
      .map((source) => source())
      .reduce((a, b) => (b === undefined || (a !== undefined && a.at <= b.at) ? a : b), undefined);
  }

  /** All that is due by now. */
  settle(): void {
    const until = Math.max(this.#clock(), this.#last);
    try {
      for (let due = this.next(); due !== undefined && due.at <= until; due = this.next()) {
        // What was held up happens when it can, not when it should have.
        this.#last = Math.max(this.#last, due.at);
        this.#now = this.#last;
        due.run();
      }
    } finally {
      this.#now = undefined;
    }
    this.#last = until;
  }

  /** A piece of work during which the clock stands still. */
  at<T>(work: () => T): T {
    this.#now = Math.max(this.#clock(), this.#last);
    try {
      return work();
    } finally {
      this.#now = undefined;
    }
  }
}
