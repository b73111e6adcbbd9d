import type { PolicyName } from '../eviction/policy.ts';
import type { Point } from './grid.ts';

/** A point with what it costs in a month, in USD. */
export interface Priced extends Point {
  monthlyUsd: number;
}

export interface Recommendation {
  change: Partial<{ ttlMs: number; l1Bytes: number; policy: PolicyName }>;
  why: string;
  /** The one that is recommended; the present one if none is better. */
  point: Priced;
}

/** What is less than these is not worth touching a setting for. */
const WORTH = { share: 0.1, ms: 0.05, usd: 5 };
/** What costs no more than this more is as good as free, in USD a month. */
const FREE = 1;
/** Of the best that could be had, in return for changing less. */
const GOOD_ENOUGH = 0.8;
/** How many standard errors are noise. */
const ERRORS = 2;
/** Share of answers that may show something changed already, beyond what do now. */
const MORE_STALE = 0.001;

/** The point to go to from here: first what asks for no more memory; of what helps about as much, that which changes least. */
export function recommend(points: readonly Priced[], hearsChanges: boolean): Recommendation {
  const [present] = points as [Priced, ...Priced[]];
  const allowed = points.filter(
    (point) => point !== present && point.isSeen && isNoStaler(point, present, hearsChanges),
  );
  const better = allowed.filter((point) => isWorth(point, present));
  for (const group of [
    better.filter(
      ({ l1Bytes, monthlyUsd }) => l1Bytes <= present.l1Bytes && monthlyUsd <= present.monthlyUsd + FREE,
    ),
    better,
  ]) {
    const best = leastChange(group, present);
    if (best !== undefined) {
      return { change: changeOf(best, present), why: whyOf(best, present, hearsChanges), point: best };
    }
  }
  return { change: {}, why: whyNot(points, present, hearsChanges), point: present };
}

/** In ms per answer, and in USD a month beyond that. */
const gainMs = (point: Priced, present: Priced): number => present.outcome.meanMs - point.outcome.meanMs;
const gainUsd = (point: Priced, present: Priced): number => present.monthlyUsd - point.monthlyUsd;

function noiseMs(point: Priced, present: Priced): number {
  return ERRORS * Math.hypot(point.outcome.errorMs, present.outcome.errorMs);
}

function isWorth(point: Priced, present: Priced): boolean {
  const ms = gainMs(point, present);
  const noise = noiseMs(point, present);
  const isQuicker = ms > noise && ms >= WORTH.ms && ms >= WORTH.share * present.outcome.meanMs;
  const usd = gainUsd(point, present);
  const isAsQuick = -ms < Math.max(WORTH.ms, WORTH.share * present.outcome.meanMs) / 2;
  const isCheaper = usd >= WORTH.usd && usd >= WORTH.share * present.monthlyUsd && isAsQuick;
  return (isQuicker && -usd < Math.max(WORTH.usd, present.monthlyUsd)) || isCheaper;
}

/** Where changes are not heard of, nobody knows how much older a longer ttl makes things. */
function isNoStaler(point: Priced, present: Priced, hearsChanges: boolean): boolean {
  if (!hearsChanges && point.ttlMs > present.ttlMs) return false;
  return point.outcome.staleShare <= present.outcome.staleShare + MORE_STALE;
}

function leastChange(group: readonly Priced[], present: Priced): Priced | undefined {
  // Time and money in one number: shares of what there is now.
  const gain = (point: Priced): number =>
    gainMs(point, present) / Math.max(present.outcome.meanMs, WORTH.ms) +
    gainUsd(point, present) / Math.max(present.monthlyUsd, WORTH.usd);
  const most = Math.max(...group.map(gain));
  const near = group.filter((point) => gain(point) >= GOOD_ENOUGH * most);
  return near.toSorted(
    (a, b) => a.changes - b.changes || a.l1Bytes - b.l1Bytes || gain(b) - gain(a) || a.ttlMs - b.ttlMs,
  )[0];
}

function changeOf(point: Priced, present: Priced): Recommendation['change'] {
  const { ttlMs, l1Bytes, policy } = point;
  return {
    ...(ttlMs === present.ttlMs ? {} : { ttlMs }),
    ...(l1Bytes === present.l1Bytes ? {} : { l1Bytes }),
    ...(policy === present.policy ? {} : { policy }),
  };
}

function whyOf(point: Priced, present: Priced, hearsChanges: boolean): string {
  const what = [
    ...(point.ttlMs === present.ttlMs
      ? []
      : [`a TTL of ${duration(point.ttlMs)} instead of ${duration(present.ttlMs)}`]),
    ...(point.l1Bytes === present.l1Bytes
      ? []
      : [`${megabytes(point.l1Bytes)} of L1 instead of ${megabytes(present.l1Bytes)}`]),
    ...(point.policy === present.policy ? [] : [`${point.policy} instead of ${present.policy}`]),
  ].join(' and ');
  const { outcome: to } = point;
  const { outcome: from } = present;
  const effects = [
    `${percent(to.l1HitRatio)} of answers come out of L1 instead of ${percent(from.l1HitRatio)}`,
    `${figure(to.loadsPerSecond)} loads/s instead of ${figure(from.loadsPerSecond)}`,
    `an answer takes ${figure(to.meanMs)} ms on average instead of ${figure(from.meanMs)}`,
    `$${figure(point.monthlyUsd)} a month instead of $${figure(present.monthlyUsd)}`,
  ].join(', ');
  const stale =
    point.ttlMs > present.ttlMs && hearsChanges
      ? '; changes are heard of, so nothing is shown longer for it'
      : '';
  return `With ${what}, ${effects}${stale}.`;
}

function whyNot(points: readonly Priced[], present: Priced, hearsChanges: boolean): string {
  const unseen = points.some(({ isSeen, ttlMs }) => !isSeen && ttlMs > present.ttlMs);
  const held =
    !hearsChanges && points.some((point) => point.ttlMs > present.ttlMs && isWorth(point, present))
      ? ' A longer TTL would be quicker, but changes are not heard of: it would show old things for longer.'
      : '';
  const more = unseen ? ' Longer TTLs than half of what is recorded could not be judged.' : '';
  return `Nothing that was tried is better by more than the noise and worth a change: ${percent(present.outcome.hitRatio)} hit, an answer takes ${figure(present.outcome.meanMs)} ms on average.${held}${more}`;
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const figure = (value: number): string =>
  value === 0 ? '0' : value >= 100 ? value.toFixed(0) : Number(value.toPrecision(2)).toString();
export const megabytes = (bytes: number): string => `${figure(bytes / 2 ** 20)} MiB`;
export const duration = (ms: number): string =>
  ms % 3_600_000 === 0
    ? `${ms / 3_600_000} h`
    : ms % 60_000 === 0
      ? `${ms / 60_000} min`
      : `${figure(ms / 1_000)} s`;
