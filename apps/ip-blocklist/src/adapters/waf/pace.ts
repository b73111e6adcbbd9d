import { setTimeout as delay } from 'node:timers/promises';

/** Lets calls through at a rate: each waits for its turn. */
export type Pace = () => Promise<void>;

/** Calls of one kind per second, evenly spaced, in the order in which they came. */
export function createPace(perSecond: number): Pace {
  const gap = 1_000 / perSecond;
  let next = 0;
  return async () => {
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + gap;
    if (turn > now) await delay(turn - now);
  };
}
