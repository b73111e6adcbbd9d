export interface Backoff {
  /** Seconds before the second attempt. */
  baseSeconds: number;
  /** Never longer than this, in seconds. SQS allows 43,200. */
  capSeconds: number;
}

/**
 * Exponential with full jitter, in whole seconds from 1 up, because that is what
 * a visibility timeout takes. `receiveCount` is 1 for the first failure.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function retryDelaySeconds(backoff: Backoff, receiveCount: number, random: () => number): number {
  const ceiling = Math.min(backoff.capSeconds, backoff.baseSeconds * 2 ** Math.max(0, receiveCount - 1));
  return Math.max(1, Math.round(ceiling * random()));
}
