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

/** Undefined for a name that is not ours. */
export function parseAttemptName(name: string): AttemptId | undefined {
  const [, job, element, number] = /^([0-9a-f-]{36})-(\d{1,5})-(\d{1,9})$/.exec(name) ?? [];
  return job === undefined ? undefined : { job, element: Number(element), number: Number(number) };
}
