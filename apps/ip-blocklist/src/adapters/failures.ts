import { Conflict, LimitReached, Throttled } from '../ports/enforcer.ts';

/** Names of the errors by which a part of AWS says what has become of a write. */
export interface FailureNames {
  /** Somebody else was there first: our picture is out of date. */
  conflicts: readonly string[];
  throttles: readonly string[];
  limits?: readonly string[];
}

/** Makes calls, and says what their failures mean; of any other it is not known what came of it. */
export function createNamed({ conflicts, throttles, limits = [] }: FailureNames) {
  return async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      const { name, message: said } = error as Error;
      const message = `${operation}: ${said}`;
      if (conflicts.includes(name)) throw new Conflict(message, { cause: error });
      if (throttles.includes(name)) throw new Throttled(message, { cause: error });
      if (limits.includes(name)) throw new LimitReached(message, { cause: error });
      throw new Error(message, { cause: error });
    }
  };
}
