import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, so that tests can have both in hand. */
export interface Clock {
  /** Ms since the epoch. */
  now: () => number;
  /** Ms that only ever grow. */
  ticks: () => number;
  /** Rejects when the signal aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  random: () => number;
}

export const realClock: Clock = {
  now: Date.now,
  ticks: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
};
