import type { Capacity } from '../domain/destination.ts';
import type { Coverage } from '../domain/networks.ts';

/** What is in a part. */
export interface Contents {
  networks: readonly string[];
  /** Alpha-2 codes. */
  countries: readonly string[];
}

/** One thing that holds addresses or countries: an IP set, a rule of a network ACL, a geo restriction. */
export interface Part extends Contents {
  name: string;
  action: 'block' | 'allow';
  /** Whether what it holds has effect: an IP set that no rule refers to has none. */
  inForce: boolean;
}

/** What a write is for, most urgent first. `tidy` changes nothing of what is blocked. */
export type Urgency = 'add' | 'remove' | 'tidy';

/** One call that brings a target nearer to what is wanted. */
export interface Write {
  urgency: Urgency;
  /** The operation, which AWS rates by name: `UpdateIPSet`. */
  operation: string;
  what: string;
  /** What a part will hold; absent when none gets other contents. */
  part?: Omit<Part, 'inForce'> | undefined;
  /** Rejects with one of the errors below, or with anything when it is not known what came of it. */
  perform(): Promise<void>;
}

/** What hinders a target, or qualifies what it does. */
export interface Condition {
  /** `blind`: it blocks nobody although it holds addresses. */
  severity: 'note' | 'blind';
  message: string;
  /** Where AWS says so. */
  source?: string | undefined;
}

export function isBlind(conditions: readonly Condition[]): boolean {
  return conditions.some(({ severity }) => severity === 'blind');
}

/**
 * Enforces at one target. It has a picture of what is there, which `observe` takes and `perform`
 * keeps up to date; after any failure the picture must be taken again.
 */
export interface Enforcer {
  /** Looks at what is there. What has not changed since is not read again. */
  observe(): Promise<void>;
  parts(): readonly Part[];
  capacity(): Capacity;
  conditions(): readonly Condition[];
  /** The writes that can be made now, in no order; none when what is there is what is wanted. */
  next(wanted: Coverage): Write[];
  /**
   * Writes what is there once more, so that a write of somebody else that is still on its way comes
   * too late; where nothing tells that a state has been written over, it closes what was open.
   */
  rewrite(part: string): Write | undefined;
}

/** Somebody else has changed it since we looked. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** Too many calls; nothing was done. */
export class Throttled extends Error {
  override readonly name = 'Throttled';
}

/** There can be no more of it; nothing was done. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}
