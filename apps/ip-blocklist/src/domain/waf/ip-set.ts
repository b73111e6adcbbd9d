import type { RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../networks.ts';

/** One IP set and what it holds. */
export interface HeldSet {
  name: string;
  /** Canonical, in no order; they may overlap. */
  networks: readonly string[];
  covered: RangeSet;
}

export function heldSet(name: string, networks: readonly string[]): HeldSet {
  return { name, networks, covered: setOf(networks) };
}

/** What sets of one action and family there may be. */
export interface Room {
  /** https://docs.aws.amazon.com/waf/latest/developerguide/limits.html: 10,000, not adjustable. */
  perSet: number;
  maxSets: number;
}

/** A set gets other contents. */
export interface SetChange {
  /** `add` blocks something, `remove` unblocks something, `tidy` changes only how it is written. */
  purpose: 'add' | 'remove' | 'tidy';
  /** Undefined: a new set. */
  set: string | undefined;
  networks: string[];
  /** Sets that hold what this change takes away from this one, although it is wanted. */
  reliesOn: string[];
}
