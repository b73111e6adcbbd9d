/** A part of the run, and what is allowed in it. */
export interface Phase {
  name: string;
  /** Something is away: 503 is an answer. */
  mayFail: boolean;
  /** How much later than otherwise an answer may come, in ms. */
  extraMs: number;
}

export const CALM: Omit<Phase, 'name'> = { mayFail: false, extraMs: 0 };

/** What was begun in one phase and ends in another may be as it is in either. */
export class Phases {
  #now: Phase = { name: 'start', ...CALM };
  readonly #past: { phase: Phase; until: number }[] = [];

  get now(): Phase {
    return this.#now;
  }

  begin(phase: Phase): void {
    this.#past.push({ phase: this.#now, until: performance.now() });
    if (this.#past.length > 100) this.#past.shift();
    this.#now = phase;
  }

  /** Of what was begun at `began`, in ms of `performance.now()`. */
  since(began: number): { mayFail: boolean; extraMs: number } {
    const all = [this.#now, ...this.#past.filter(({ until }) => until >= began).map(({ phase }) => phase)];
    return {
      mayFail: all.some(({ mayFail }) => mayFail),
      extraMs: Math.max(...all.map(({ extraMs }) => extraMs)),
    };
  }
}
