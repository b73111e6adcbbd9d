import type { Entry } from '../domain/entry.ts';

/** What is asked of one key. */
export interface Ask {
  key: string;
  /** What an answer that is loaded now would depend on; a fill can only carry tags that were named here. */
  tags?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
  /** Asks for the lease where there is nothing fresh: for how long, in ms. */
  leaseMs?: number | undefined;
  /** Asks for it also where there is something fresh, to load it before its end. */
  renew?: boolean | undefined;
  /** What it depends on is known in part only after the load: a fill may then carry other tags too. */
  moreTags?: boolean | undefined;
}

/**
 * The right to fill one key, taken before the load (Nishtala et al., Scaling Memcache at Facebook, NSDI '13, §3.2.1).
 * Only its token means something to the store; the rest is what the store has seen when it gave it.
 */
export interface Lease {
  /** Never the same twice. */
  token: string;
  /** About when it ends: ms since the epoch by the asker's clock. The store's clock decides. */
  until: number;
  /** Generations of tags and namespaces, from before the load. */
  generations: ReadonlyMap<string, string>;
  /** Nothing of an older database version than this may be filled. */
  floor: bigint;
}

/** Who fills a key that has nothing fresh; undefined: nobody that is known of. */
export type Filling = { by: 'us'; lease: Lease } | { by: 'other'; until: number } | undefined;

export type Sight =
  | { state: 'fresh'; entry: Entry; filling: Filling }
  | { state: 'stale'; entry: Entry; filling: Filling }
  | { state: 'miss'; filling: Filling };

export type Refusal =
  /** Invalidated, replaced or evicted since, or the lease has ended. */
  | 'lease-lost'
  /** There is, or was invalidated, something of a newer database version. */
  | 'older'
  /** It carries a tag or namespace that the lease does not know of. */
  | 'not-in-lease'
  /** What is there is not what the put was conditional on. */
  | 'condition';

export type Outcome = { stored: true } | { stored: false; why: Refusal };

export type Condition = (there: Entry | undefined) => boolean;

export interface Invalidation {
  keys?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
  /** Database version of the change: what is older is not put there afterwards either. */
  version?: bigint | undefined;
}

/**
 * Where entries are shared by all instances. Every call ends within its timeout: it rejects with one of
 * the errors below and is never queued while there is no connection.
 */
export interface Store {
  /** In order of `asks`. Writes nothing where there is something fresh. All or nothing: it rejects if any key cannot be had. */
  look(asks: readonly Ask[]): Promise<Sight[]>;
  /** No fill whose lease was taken before an invalidation is ever seen after it. */
  fill(key: string, lease: Lease, entry: Entry): Promise<Outcome>;
  /** Gives a lease back unused. */
  release(key: string, lease: Lease): Promise<void>;
  /**
   * Write-through: needs no lease and voids those that are out. With a condition, only in place of what
   * meets it: what is shown there, or undefined.
   */
  put(key: string, entry: Entry, onlyIf?: Condition): Promise<Outcome>;
  /**
   * Once it resolves nothing of before is seen. May be repeated; when it rejects it may be done in part,
   * and has to be repeated.
   */
  invalidate(what: Invalidation): Promise<void>;
  /** Rejects when any part of the store does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** It did not answer in time, is not connected, or could not do it. What was asked for may have been done. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** It does not fit into the store; nothing was stored, and nothing older is left under the key by a put. */
export class ValueTooLarge extends Error {
  override readonly name = 'ValueTooLarge';
}
