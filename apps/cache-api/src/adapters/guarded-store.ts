import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleType } from 'cockatiel';
import { StoreUnavailable, type Store } from '../ports/store.ts';

export interface GuardSettings {
  /** Failures in a row after which nobody waits for it any more. */
  failures: number;
  /** Until one call tries again, in ms. */
  retryMs: number;
}

/** A store that is away costs each call its timeout only a few times: then calls fail at once, until one that tries again is answered. */
export function guard(store: Store, { failures, retryMs }: GuardSettings): Store {
  const policy = circuitBreaker(handleType(StoreUnavailable), {
    halfOpenAfter: retryMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await policy.execute(work);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new StoreUnavailable('it has not answered lately', { cause: error });
    }
  };
  return {
    look: (asks) => run(() => store.look(asks)),
    fill: (key, lease, entry) => run(() => store.fill(key, lease, entry)),
    release: (key, lease) => run(() => store.release(key, lease)),
    put: (key, entry, onlyIf) => run(() => store.put(key, entry, onlyIf)),
    // Whoever invalidates waits and tries again; nothing else may be told that it was done.
    invalidate: (what) => store.invalidate(what),
    check: () => store.check(),
    close: () => store.close(),
  };
}
