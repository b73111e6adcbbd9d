import { EngineUnavailable, type Receipt } from '../ports/engine.ts';

/** Shared by the engines whose work is done by somebody else: Slurm, AWS Batch. */

export const OK: Receipt = { accepted: true };

/** It becomes the name of a job there, and of a directory. Throws a TypeError. */
export function checkName(name: string, maxLength: number): void {
  if (name.length > maxLength || !/^[A-Za-z0-9][\w-]*$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} is no name of an attempt`);
}

type Errors = readonly (abstract new (...args: never[]) => Error)[];

/** Whichever of its errors it says: nothing is known of what it was asked. */
export const orUnavailable =
  (...its: Errors) =>
  async <T>(asking: () => Promise<T>): Promise<T> => {
    try {
      return await asking();
    } catch (error) {
      if (its.some((kind) => error instanceof kind))
        throw new EngineUnavailable((error as Error).message, { cause: error });
      throw error;
    }
  };
