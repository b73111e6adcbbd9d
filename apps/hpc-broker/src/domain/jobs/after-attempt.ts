import type { JobState, Retries } from '@groundwork/contracts';
import type { Verdict } from './cause.ts';

/** What an element has failed so far, each counted against a budget of its own. */
export interface Failures {
  user: number;
  infrastructure: number;
  preemption: number;
}

export interface Circumstances {
  failures: Failures;
  retries: Retries;
  /** Somebody has asked for its end. */
  isCancelled: boolean;
  /** Why the next attempt would break the job's maxCostUsd; undefined: it would not. */
  tooDear: string | undefined;
  /** 0 to 1: so that what failed together does not come back together. */
  random: number;
}

export type Next =
  | { again: true; failures: Failures; delayMs: number; reason: string }
  | {
      again: false;
      failures: Failures;
      state: Extract<JobState, 'succeeded' | 'failed' | 'cancelled' | 'lost'>;
      reason: string;
    };

const LONGEST_DELAY_MS = 3_600_000;

/** Whether an element whose attempt has ended gets another one, and when. */
export function afterAttempt({ cause, reason }: Verdict, given: Circumstances): Next {
  const { failures } = given;
  if (cause === 'success') return { again: false, failures, state: 'succeeded', reason };
  if (given.isCancelled || cause === 'cancelled') {
    const why = given.isCancelled ? 'it was cancelled' : reason;
    return { again: false, failures, state: 'cancelled', reason: why };
  }
  if (cause === 'fatal') return { again: false, failures, state: 'failed', reason };

  // Nobody has failed.
  if (cause === 'withdrawn') return { again: true, failures, delayMs: 0, reason };

  // What was lost is nobody's fault but that of the place where it ran.
  const budget = cause === 'lost' ? 'infrastructure' : cause;
  const counted = { ...failures, [budget]: failures[budget] + 1 };
  const over = { again: false, failures: counted, state: cause === 'lost' ? 'lost' : 'failed' } as const;
  if (counted[budget] > given.retries[budget]) {
    const allowed = given.retries[budget];
    const spent = allowed === 0 ? 'allows none' : `is used up: ${allowed}`;
    return { ...over, reason: `${reason}; retries.${budget} ${spent}` };
  }
  if (given.tooDear !== undefined) return { ...over, reason: `${reason}; ${given.tooDear}` };
  const delayMs = backoff(given.retries.backoffSeconds, counted[budget], given.random);
  return {
    again: true,
    failures: counted,
    delayMs,
    reason: `${reason}; retry ${counted[budget]} of ${given.retries[budget]} (${budget})`,
  };
}

/** Doubled with each failure of its kind, half of it by chance. */
function backoff(firstSeconds: number, failures: number, random: number): number {
  const most = Math.min(firstSeconds * 1_000 * 2 ** (failures - 1), LONGEST_DELAY_MS);
  return most / 2 + random * (most / 2);
}
