/** How many waited, and when that was seen, in ms. */
export interface Sample {
  waiting: number;
  atMs: number;
}

const LONGEST_SECONDS = 60;

/**
 * Seconds, 1 to 60, until so many places are likely to be free, as the queue has been shrinking over the
 * samples, oldest first. One that does not shrink is asked again after the longest.
 */
export function retryAfterSeconds(samples: readonly Sample[], places: number): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return LONGEST_SECONDS;
  const perSecond = ((first.waiting - last.waiting) * 1_000) / (last.atMs - first.atMs);
  if (perSecond <= 0) return LONGEST_SECONDS;
  return Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(places / perSecond)));
}
