import { StoreUnavailable, type Store } from '../ports/store.ts';

export interface GuardSettings {
  /** Failures in a row after which nobody waits for it any more. */
  failures: number;
  /** Until one call tries again, in ms. */
  retryMs: number;
  /** In ms, from any time on. */
  now?: () => number;
}

/**
 * A store that is away costs each call its timeout only a few times.
 *
 * States: closed (calls go through) → so many failures in a row → open (calls fail at once) → after `retryMs`
 * one call tries, and the others still fail → it is answered: closed, else: open again.
 */
export function guard(store: Store, settings: GuardSettings): Store {
  const circuit = new Circuit(settings);
  return {
    look: (asks) => circuit.run(() => store.look(asks)),
    fill: (key, lease, entry) => circuit.run(() => store.fill(key, lease, entry)),
    release: (key, lease) => circuit.run(() => store.release(key, lease)),
    put: (key, entry, onlyIf) => circuit.run(() => store.put(key, entry, onlyIf)),
    // Whoever invalidates waits and tries again; nothing else may be told that it was done.
    invalidate: (what) => store.invalidate(what),
    check: () => store.check(),
    close: () => store.close(),
  };
}

class Circuit {
  readonly #settings: GuardSettings;
  readonly #now: () => number;
  #failures = 0;
  /** Undefined: closed. */
  #openUntil: number | undefined;
  #isTrying = false;

  constructor(settings: GuardSettings) {
    this.#settings = settings;
    this.#now = settings.now ?? (() => performance.now());
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const isTry = this.#openUntil !== undefined;
    if (isTry) {
      if (this.#isTrying || this.#now() < this.#openUntil!) {
        throw new StoreUnavailable('it has not answered lately');
      }
      this.#isTrying = true;
    }
    try {
      const result = await work();
      this.#failures = 0;
      this.#openUntil = undefined;
      return result;
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#failed();
      else this.#openUntil = undefined;
      throw error;
    } finally {
      if (isTry) this.#isTrying = false;
    }
  }

  #failed(): void {
    const { failures, retryMs } = this.#settings;
    this.#failures += 1;
    if (this.#failures >= failures) this.#openUntil = this.#now() + retryMs;
  }
}
