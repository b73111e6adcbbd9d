export interface AttemptId {
  job: string;
  element: number;
  /** Counts from 1. */
  number: number;
}

/**
 * What an engine knows an attempt by. Whoever computes it gets the same, so that after an answer which
 * got lost the engine can be asked whether it has heard of it.
 */
export function attemptName({ job, element, number }: AttemptId): string {
  return `${job}-${element}-${number}`;
}
