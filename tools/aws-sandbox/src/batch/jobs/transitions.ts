import type { Role, Status } from './job.ts';

/**
 * Which status follows on which. A failed attempt with others left goes back to RUNNABLE; what is cancelled, or
 * depends on what has failed, goes from anywhere to FAILED.
 * https://docs.aws.amazon.com/batch/latest/userguide/job_states.html
 */
const NEXT: Readonly<Record<Status, readonly Status[]>> = {
  SUBMITTED: ['PENDING', 'RUNNABLE', 'FAILED'],
  PENDING: ['RUNNABLE', 'FAILED'],
  RUNNABLE: ['STARTING', 'FAILED'],
  STARTING: ['RUNNING', 'RUNNABLE', 'FAILED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'RUNNABLE'],
  SUCCEEDED: [],
  FAILED: [],
};

/** The parent of an array is PENDING while its children run. https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html */
const NEXT_OF_ARRAY: Readonly<Partial<Record<Status, readonly Status[]>>> = {
  SUBMITTED: ['PENDING', 'FAILED'],
  PENDING: ['SUCCEEDED', 'FAILED'],
};

/** Nodes that have ended begin anew with the next attempt of their job. */
const NEXT_OF_NODE: Readonly<Partial<Record<Status, readonly Status[]>>> = {
  SUCCEEDED: ['RUNNABLE'],
  FAILED: ['RUNNABLE'],
};

export function mayFollow(role: Role, from: Status, to: Status): boolean {
  const special = role === 'array' ? NEXT_OF_ARRAY[from] : role === 'node' ? NEXT_OF_NODE[from] : undefined;
  return (special ?? (role === 'array' ? [] : NEXT[from])).includes(to);
}
