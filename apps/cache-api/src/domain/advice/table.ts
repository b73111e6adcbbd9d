import type { CacheAdvice, CacheAdvicePoint, CollectionAdvice } from '@groundwork/contracts';
import { duration, figure, megabytes, percent } from './recommend.ts';

const HEAD = [
  'ttl',
  'L1',
  'policy',
  'hit',
  'L1 hit',
  'loads/s',
  'p50 ms',
  'p99 ms',
  'stale*',
  'USD/month',
  '',
];

/** For a terminal: of each collection what was seen, what to do, and the points with one change. */
export function adviceTable(advice: CacheAdvice): string {
  const { present, prices, collections } = advice;
  const lines = [
    `L1 ${megabytes(present.l1Bytes)} ${present.policy}, store ${present.store}, ${present.instances} instances; prices ${prices.region}, ${prices.date}: ${prices.note}`,
    ...collections.flatMap((one) => ['', ...linesOf(one)]),
    '',
    '* answers that showed something changed already, if nothing were invalidated; for how long at p99',
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf({ collection, observed, sample, points, recommendation }: CollectionAdvice): string[] {
  const [present] = points as [CacheAdvicePoint, ...CacheAdvicePoint[]];
  const { byTier } = observed;
  const shown = points.filter(
    (point) => changesOf(point, present) <= 1 || isChosen(point, present, recommendation),
  );
  const rows = shown.map((point) => rowOf(point, isChosen(point, present, recommendation)));
  return [
    `${collection}: ${figure(observed.requestsPerSecond)} requests/s, ${percent(byTier.l1)} L1, ${percent(byTier.store)} store, ${figure(observed.loadsPerSecond)} loads/s, p50 ${figure(observed.p50Ms)} ms, p99 ${figure(observed.p99Ms)} ms`,
    `  seen (${sample.confidence}): ${sample.note} ${percent(sample.share)} of the keys.`,
    `  → ${recommendation.why}`,
    ...aligned([HEAD, ...rows]).map((line) => `  ${line}`),
  ];
}

function changesOf(point: CacheAdvicePoint, present: CacheAdvicePoint): number {
  const { ttlSeconds, l1Bytes, policy } = present;
  return (
    Number(point.ttlSeconds !== ttlSeconds) +
    Number(point.l1Bytes !== l1Bytes) +
    Number(point.policy !== policy)
  );
}

function isChosen(
  point: CacheAdvicePoint,
  present: CacheAdvicePoint,
  { change }: CollectionAdvice['recommendation'],
): boolean {
  const { ttlSeconds = present.ttlSeconds, l1Bytes = present.l1Bytes, policy = present.policy } = change;
  return (
    Object.keys(change).length > 0 && changesOf(point, { ...present, ttlSeconds, l1Bytes, policy }) === 0
  );
}

function rowOf(point: CacheAdvicePoint, isAdvised: boolean): string[] {
  const { ttlSeconds, l1Bytes, policy, hitRatio, l1HitRatio, loadsPerSecond, p50Ms, p99Ms } = point;
  const { share, p99Ms: staleMs } = point.stalenessByTtlOnly;
  const stale = share === 0 ? '0' : `${percent(share)} ${duration(Math.round(staleMs / 1_000) * 1_000)}`;
  const mark = isAdvised ? '← advised' : point.isPresent ? 'now' : point.isSeen ? '' : 'record too short';
  return [
    duration(ttlSeconds * 1_000),
    megabytes(l1Bytes),
    policy,
    percent(hitRatio),
    percent(l1HitRatio),
    ...[loadsPerSecond, p50Ms, p99Ms].map(figure),
    stale,
    figure(point.monthlyUsd),
    mark,
  ];
}

function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padStart(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
