import type { CollectionAdvice } from '@groundwork/contracts';
import { cloudFrontCosts, costsOf, nodeFor, totalOf, type Cost, type CostSettings } from './costs.ts';
import { points, type Present } from './grid.ts';
import { observedOf } from './observed.ts';
import { duration, recommend, type Priced } from './recommend.ts';
import type { Traffic } from './recorder.ts';
import type { Slices } from './slices.ts';
import type { Trace } from './trace.ts';

export interface Subject {
  name: string;
  traffic: Traffic;
  trace: Trace;
  present: Present;
  costs: CostSettings;
  hearsChanges: boolean;
  /** From commit to gone, in ms; null: not measured yet. */
  lag: { p50Ms: number | null; p99Ms: number | null };
  now: number;
}

/** Below these, nothing is recommended; below the others, what is recommended may be of the hour only. */
const TOO_LITTLE = { requests: 500, ms: 60_000 };
const LITTLE = { requests: 5_000, ms: 3_600_000 };

/** What was seen of one collection, what would have come of it with other settings, and what to do. */
export async function advise(subject: Subject, slices: Slices): Promise<CollectionAdvice> {
  const { name, traffic, trace, present, hearsChanges, now } = subject;
  const times = { l1: traffic.l1Ms.values, store: traffic.storeMs.values };
  const found = await slices.all(points(trace, present, times));
  const priced = found.map((point): Priced => ({ ...point, monthlyUsd: totalOf(costsAt(subject, point)) }));
  const { confidence, note } = confidenceOf(subject);
  const { change, why, point } =
    confidence === 'none'
      ? { change: {}, why: `No change: ${note}`, point: priced[0]! }
      : recommend(priced, hearsChanges);
  const { ttlMs, ...others } = change;
  const observed = observedOf(traffic, now);
  return {
    collection: name,
    observed,
    sample: {
      requests: trace.length,
      keys: trace.keys,
      share: trace.rate,
      seconds: trace.recordedMs / 1_000,
      l1Share: present.share,
      confidence,
      note,
    },
    points: priced.map((one) => toView(subject, one)),
    costs: {
      present: costsAt(subject, priced[0]!),
      recommended: costsAt(subject, point),
      besides: besides(priced[0]!, observed.requestsPerSecond, trace.meanBytes),
    },
    recommendation: {
      change: { ...others, ...(ttlMs === undefined ? {} : { ttlSeconds: ttlMs / 1_000 }) },
      why,
    },
  };
}

function confidenceOf({
  trace,
  traffic,
  hearsChanges,
}: Subject): Pick<CollectionAdvice['sample'], 'confidence' | 'note'> {
  const { length, recordedMs } = trace;
  const seen = `${length} requests of ${trace.keys} keys over ${duration(Math.round(recordedMs / 1_000) * 1_000)}`;
  if (length < TOO_LITTLE.requests || recordedMs < TOO_LITTLE.ms) {
    const least = `${TOO_LITTLE.requests} requests over ${duration(TOO_LITTLE.ms)}`;
    return { confidence: 'none', note: `too little data: ${seen}, and at least ${least} are needed.` };
  }
  const notes = [`${seen}.`];
  if (!traffic.storeMs.isMeasured) notes.push('The time of the store is assumed, not measured.');
  if (!traffic.l1Ms.isMeasured) notes.push('The time of a hit in L1 is assumed, not measured.');
  if (!hearsChanges) notes.push('Changes by others are not heard of: anything may be old for up to its TTL.');
  const isLittle = length < LITTLE.requests || recordedMs < LITTLE.ms;
  if (isLittle) notes.push('That is little: other hours may be different.');
  return { confidence: isLittle ? 'low' : 'good', note: notes.join(' ') };
}

function costsAt(
  { present, costs, trace }: Subject,
  { outcome, l1Bytes }: Pick<Priced, 'outcome' | 'l1Bytes'>,
): Cost[] {
  const { loadsPerSecond, storeAnswersPerSecond, storeBytes } = outcome;
  const usage = { loadsPerSecond, storeAnswersPerSecond, storeBytes, loadMs: trace.meanLoadMs };
  return costsOf({ ...usage, entryBytes: trace.meanBytes, l1Bytes: l1Bytes * present.share }, costs);
}

function besides({ outcome }: Priced, requestsPerSecond: number, entryBytes: number): Cost[] {
  const node = nodeFor(outcome.storeBytes);
  return [...(node === undefined ? [] : [node.cost]), ...cloudFrontCosts(requestsPerSecond, entryBytes)];
}

function toView({ lag, hearsChanges }: Subject, point: Priced): CollectionAdvice['points'][number] {
  const { ttlMs, l1Bytes, policy, changes, isSeen, outcome, ttlOnly, monthlyUsd } = point;
  const { hitRatio, hitRatioError, l1HitRatio, loadsPerSecond, meanMs, p50Ms, p99Ms } = outcome;
  return {
    ttlSeconds: ttlMs / 1_000,
    l1Bytes,
    policy,
    isPresent: changes === 0,
    isSeen,
    hitRatio,
    hitRatioError,
    l1HitRatio,
    loadsPerSecond,
    meanMs,
    p50Ms,
    p99Ms,
    staleness: {
      share: outcome.staleShare,
      p50Ms: Math.max(outcome.staleP50Ms, hearsChanges ? (lag.p50Ms ?? 0) : 0),
      p99Ms: Math.max(outcome.staleP99Ms, hearsChanges ? (lag.p99Ms ?? 0) : 0),
    },
    stalenessByTtlOnly: {
      share: ttlOnly.staleShare,
      p50Ms: ttlOnly.staleP50Ms,
      p99Ms: ttlOnly.staleP99Ms,
    },
    monthlyUsd,
  };
}
