import { Durations } from './durations.ts';
import { meanOf } from './recent.ts';
import type { Trace } from './trace.ts';

export interface Scenario {
  ttlMs: number;
  /** Shown for that long after the ttl, while it is loaded anew. */
  swrMs: number;
  /** Without one, L1 is all there is. */
  hasStore: boolean;
  /** Whether what has changed is forgotten at once; otherwise it is shown until the ttl ends. */
  isInvalidated: boolean;
}

/** How long answers take that are no loads, in ms, as measured. */
export interface TierTimes {
  l1: Float32Array;
  store: Float32Array;
}

export interface Outcome {
  /** Share of answers that took no load, from 0 to 1; and of those out of L1. */
  hitRatio: number;
  l1HitRatio: number;
  loadsPerSecond: number;
  storeAnswersPerSecond: number;
  meanMs: number;
  /** Standard errors of the mean, and of the hit ratio. */
  errorMs: number;
  hitRatioError: number;
  p50Ms: number;
  p99Ms: number;
  /** Share of answers that showed something changed already; and for how long it had been. */
  staleShare: number;
  staleP50Ms: number;
  staleP99Ms: number;
  /** In the store at the end, of bodies. */
  storeBytes: number;
  loadMs: number;
}

/** Requests after which it can be interrupted: about 1 ms. */
const STEP = 4_096;

/**
 * What would have come of these requests, in steps of about 1 ms; `inL1` as `residence` gives it. Loads are divided by
 * the share of the keys that was sampled, while requests are counted exactly, so that a popular key that is not in
 * the sample counts as the hits it would be (SHARDS-adj, FAST '15, section 4.2). The store is taken to hold what its
 * ttl allows.
 */
export function* replay(
  trace: Trace,
  scenario: Scenario,
  inL1: Uint8Array,
  times: TierTimes,
): Generator<undefined, Outcome> {
  const { ttlMs, swrMs, hasStore, isInvalidated } = scenario;
  const { rate, keys } = trace;
  const loadedAt = new Float64Array(keys).fill(-Infinity);
  const isKnown = new Uint8Array(keys);
  const bytes = new Float64Array(keys);
  const staleSince = new Float64Array(keys);
  const sums = new Sums(keys, meanOf(times.store));
  for (let at = 0; at < trace.length; at += 1) {
    if (at % STEP === STEP - 1) yield;
    const key = trace.key[at]!;
    const now = trace.time[at]!;
    const isCounted = at >= trace.from;
    const isInL1 = inL1[at] === 1;
    if (isKnown[key] === 0) {
      isKnown[key] = 1;
      loadedAt[key] = trace.loadedAt[at]!;
    }
    if (staleSince[key] === 0) staleSince[key] = trace.changedAt[at]!;
    const since = staleSince[key]!;
    const age = now - loadedAt[key]!;
    const isThere = (isInL1 || hasStore) && !(isInvalidated && since !== 0);
    const isShown = isThere && age < ttlMs + swrMs;
    if (isCounted) {
      if (isShown) sums.shown(key, isInL1, since === 0 ? 0 : now - since, trace.weight[at]!);
      else sums.waited(key, trace.loadMs[at]!, trace.loadBin[at]!);
    }
    if (!isShown || age >= ttlMs) {
      loadedAt[key] = now;
      bytes[key] = trace.bodyBytes[at]!;
      staleSince[key] = 0;
      if (isCounted) sums.loads += 1;
    }
  }
  const end = trace.length === 0 ? 0 : trace.time[trace.length - 1]!;
  let storeBytes = 0;
  for (let key = 0; key < keys; key += 1) if (end - loadedAt[key]! < ttlMs + swrMs) storeBytes += bytes[key]!;
  return sums.outcome(trace, times, storeBytes / rate);
}

class Sums {
  loads = 0;
  #store = 0;
  #waits = 0;
  #waitMs = 0;
  #stale = 0;
  #shown = 0;
  readonly #took = new Durations();
  readonly #staleFor = new Durations();
  /** By key: a key is in the sample with all its requests, or with none. */
  readonly #waitsOf: Float64Array;
  readonly #msOf: Float64Array;
  readonly #storeMs: number;

  constructor(keys: number, storeMs: number) {
    this.#waitsOf = new Float64Array(keys);
    this.#msOf = new Float64Array(keys);
    this.#storeMs = storeMs;
  }

  shown(key: number, isInL1: boolean, staleMs: number, weight: number): void {
    this.#shown += weight;
    // The repeats find in L1 what the first one put there.
    if (!isInL1) {
      this.#store += 1;
      this.#msOf[key]! += this.#storeMs;
    }
    if (staleMs === 0) return;
    this.#stale += weight;
    this.#staleFor.add(staleMs, weight);
  }

  waited(key: number, loadMs: number, bin: number): void {
    this.#waits += 1;
    this.#waitMs += loadMs;
    this.#waitsOf[key]! += 1;
    this.#msOf[key]! += loadMs;
    this.#took.addBin(bin, 1);
  }

  outcome({ rate, answers, spanMs }: Trace, times: TierTimes, storeBytes: number): Outcome {
    const seconds = Math.max(spanMs, 1) / 1_000;
    // More than came can only be because of the sample.
    const scale = Math.min(1 / rate, answers / Math.max(1, this.#waits + this.#store));
    const loads = this.loads / rate;
    const waits = this.#waits * scale;
    const store = this.#store * scale;
    const l1 = Math.max(0, answers - waits - store);
    for (const ms of times.l1) this.#took.add(ms, l1 / scale / times.l1.length);
    for (const ms of times.store) this.#took.add(ms, this.#store / times.store.length);
    const all = Math.max(1, answers);
    const meanMs = (l1 * meanOf(times.l1) + store * meanOf(times.store) + this.#waitMs * scale) / all;
    return {
      hitRatio: (all - waits) / all,
      l1HitRatio: l1 / all,
      loadsPerSecond: loads / seconds,
      storeAnswersPerSecond: store / seconds,
      meanMs,
      errorMs: errorOf(this.#msOf, this.#waits + this.#store, rate) / all,
      hitRatioError: errorOf(this.#waitsOf, this.#waits, rate) / all,
      p50Ms: this.#took.quantile(0.5),
      p99Ms: this.#took.quantile(0.99),
      staleShare: this.#stale / Math.max(1, this.#shown + this.#waits),
      staleP50Ms: this.#staleFor.quantile(0.5),
      staleP99Ms: this.#staleFor.quantile(0.99),
      storeBytes,
      loadMs: this.#waits === 0 ? 0 : this.#waitMs / this.#waits,
    };
  }
}

/**
 * Of a sum over all keys, when each was sampled with the same chance (Horvitz–Thompson), and its events besides
 * came at random (Poisson).
 */
function errorOf(sums: Float64Array, events: number, rate: number): number {
  let total = 0;
  let squares = 0;
  for (const sum of sums) {
    total += sum;
    squares += sum * sum;
  }
  const each = total / Math.max(1, events);
  return Math.sqrt((squares * (1 - rate) + events * each * each) / (rate * rate));
}
