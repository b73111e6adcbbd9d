import { POLICIES, type PolicyName } from '../eviction/policy.ts';
import { replay, type Outcome, type Scenario, type TierTimes } from './replay.ts';
import { residence } from './residence.ts';
import type { Trace } from './trace.ts';

/** In ms: 1 s, 10 s, 1 min, 5 min, 1 h. */
const TTLS = [1_000, 10_000, 60_000, 300_000, 3_600_000];
const SIZES = [0.25, 0.5, 1, 2, 4];
/** One that outlives less than this share of what was recorded was seen to end often enough. */
const LONGEST_TTL = 0.5;

/** As it is now. */
export interface Present {
  ttlMs: number;
  /** Share of the ttl by which entries end earlier at random, at most. */
  jitter: number;
  swrMs: number;
  /** Of the whole process; `share` of them is this collection's, from 0 to 1. */
  l1Bytes: number;
  share: number;
  policy: PolicyName;
  hasStore: boolean;
  isInvalidated: boolean;
  /** Whether there is something to load from, so that the ttl is ours to choose. */
  hasSource: boolean;
}

export interface Point {
  ttlMs: number;
  l1Bytes: number;
  policy: PolicyName;
  /** How many of the three are other than now. */
  changes: number;
  /** Whether the record reaches back far enough to tell. */
  isSeen: boolean;
  outcome: Outcome;
  /** What would be shown if nothing were invalidated. */
  ttlOnly: Outcome;
}

type Setting = Pick<Point, 'ttlMs' | 'l1Bytes' | 'policy' | 'changes'>;

/** The present one first, then those with one change, so that what matters most is there when time runs out. */
export function settingsOf(present: Present): Setting[] {
  const ttls = present.hasSource ? [...new Set([present.ttlMs, ...TTLS])] : [present.ttlMs];
  const all = ttls.flatMap((ttlMs) =>
    SIZES.flatMap((factor) =>
      POLICIES.map((policy) => {
        const l1Bytes = present.l1Bytes * factor;
        const changes =
          Number(ttlMs !== present.ttlMs) + Number(factor !== 1) + Number(policy !== present.policy);
        return { ttlMs, l1Bytes, policy, changes };
      }),
    ),
  );
  return all.toSorted((a, b) => a.changes - b.changes);
}

/** Each setting replayed; between, it stops about every ms. */
export function* points(trace: Trace, present: Present, times: TierTimes): Generator<Point | undefined> {
  const { swrMs, hasStore, isInvalidated, share, jitter } = present;
  const residences = new Map<string, Uint8Array>();
  const ttlOnly = new Map<number, Outcome>();
  for (const setting of settingsOf(present)) {
    const { ttlMs, l1Bytes, policy } = setting;
    let inL1 = residences.get(`${policy} ${l1Bytes}`);
    if (inL1 === undefined) {
      const trustsL1 = l1Bytes >= present.l1Bytes;
      inL1 = yield* residence(trace, { l1Bytes: l1Bytes * share, policy, trustsL1 });
      residences.set(`${policy} ${l1Bytes}`, inL1);
    }
    // Entries end earlier by half the jitter on average.
    const scenario: Scenario = { ttlMs: ttlMs * (1 - jitter / 2), swrMs, hasStore, isInvalidated };
    const outcome = yield* replay(trace, scenario, inL1, times);
    // With a store, only the ttl decides how old things get; without one, L1 changes it little.
    let alone = ttlOnly.get(ttlMs);
    if (alone === undefined) {
      alone = yield* replay(trace, { ...scenario, isInvalidated: false }, inL1, times);
      ttlOnly.set(ttlMs, alone);
    }
    // Shorter than now is always seen: the record says how old each entry was.
    const isSeen = ttlMs <= Math.max(present.ttlMs, trace.recordedMs * LONGEST_TTL);
    yield { ...setting, isSeen, outcome, ttlOnly: alone };
  }
}
