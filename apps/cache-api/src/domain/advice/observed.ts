import type { CollectionAdvice } from '@groundwork/contracts';
import { Durations } from './durations.ts';
import type { Traffic } from './recorder.ts';

/** From the counts of all answers; times from the last ones of each tier. */
export function observedOf(
  { tally, l1Ms, storeMs, sourceMs }: Traffic,
  now: number,
): CollectionAdvice['observed'] {
  const { l1, store, source, stale, since } = tally.counts;
  const all = Math.max(1, l1 + store + source);
  const seconds = Math.max(1, now - since) / 1_000;
  const took = new Durations();
  for (const [recent, count] of [
    [l1Ms, l1],
    [storeMs, store],
    [sourceMs, source],
  ] as const) {
    const { values } = recent;
    for (const ms of values) took.add(ms, count / values.length);
  }
  return {
    seconds,
    requestsPerSecond: (l1 + store + source) / seconds,
    hitRatio: (l1 + store) / all,
    byTier: { l1: l1 / all, store: store / all, source: source / all },
    loadsPerSecond: source / seconds,
    p50Ms: took.quantile(0.5),
    p99Ms: took.quantile(0.99),
    staleShare: stale / all,
  };
}
