import { BoundedMap } from '../eviction/bounded-map.ts';
import type { PolicyName } from '../eviction/policy.ts';
import type { Trace } from './trace.ts';

export interface L1Setting {
  /** What this collection has of it, in bytes. */
  l1Bytes: number;
  policy: PolicyName;
  /** Whether what was found in L1 at the first request of a key would have been there too. */
  trustsL1: boolean;
}

/** No L1 takes one that is larger than this share of it: see BoundedMap. */
const LARGEST_SHARE = 1 / 8;
/** Requests after which it can be interrupted: about 1 ms. */
const STEP = 4_096;

/**
 * Which requests find their entry in L1, fresh or not: 1 or 0 for each, in steps of about 1 ms. L1 is scaled to the
 * share of the keys that was sampled, as SHARDS does. It does not depend on the ttl: who has come to its end
 * is loaded anew in its place.
 */
export function* residence(trace: Trace, setting: L1Setting): Generator<undefined, Uint8Array> {
  const { l1Bytes, policy, trustsL1 } = setting;
  const maxSize = Math.ceil(l1Bytes * LARGEST_SHARE);
  const l1 = new BoundedMap<true, number>(l1Bytes * trace.rate, policy, undefined, maxSize);
  const found = new Uint8Array(trace.length);
  const isKnown = new Uint8Array(trace.keys);
  for (let at = 0; at < trace.length; at += 1) {
    if (at % STEP === STEP - 1) yield;
    const key = trace.key[at]!;
    if (l1.get(key) === true) found[at] = 1;
    else {
      l1.set(key, true, trace.size[at]!);
      if (isKnown[key] === 0 && trustsL1) found[at] = trace.wasInL1[at]!;
    }
    isKnown[key] = 1;
  }
  return found;
}
