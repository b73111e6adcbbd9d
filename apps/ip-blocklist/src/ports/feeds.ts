import type { FeedVerdict } from '@groundwork/contracts';
import type { Feed } from '../domain/feeds/feed-file.ts';

/** What a server calls a copy. */
export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

export type Addresses = FeedVerdict['addresses'];

/** What is known of a feed. */
export interface FeedState extends Validators {
  name: string;
  /** Of the last good copy: its digest, and that of the rules it was judged by. */
  hash: string | null;
  rules: string | null;
  lastGoodAt: Date | null;
  entries: number;
  addresses: Addresses;
  /** Lines that were left out of it. */
  leftOut: FeedVerdict['leftOut'] | null;
  /** Digest of a copy that was judged good and is not applied as a whole yet. */
  applying: string | null;
  verdict: FeedVerdict | null;
  lastRunAt: Date | null;
  nextRunAt: Date | null;
  /** In a row. */
  failures: number;
  /** Digest of the copy that was refused last. */
  refused: string | null;
  /** … and of one that is to be applied all the same. */
  accepted: string | null;
  acceptedBy: string | null;
  requestedAt: Date | null;
}

/** What everybody may see and ask for. */
export interface Feeds {
  states(): Promise<FeedState[]>;
  state(name: string): Promise<FeedState | undefined>;
  /** Whoever leads runs it at once. */
  request(name: string): Promise<void>;
  /** False when that is not the copy that was refused last. */
  accept(name: string, hash: string, by: string): Promise<boolean>;
  /** Ends all entries of a feed and forgets it. Returns how many. */
  drop(name: string, by: string): Promise<number>;
}

/** An entry of a feed in force. */
export interface Held {
  confidence: number;
  /** False: it has left the list, and expires. */
  isListed: boolean;
}

export interface Listed {
  subject: string;
  confidence: number;
}

/** What a run has come to. */
export interface RunRecord {
  verdict: FeedVerdict;
  nextRunAt: Date;
  failures: number;
  /** The request that it has answered. */
  requestedAt: Date | null;
  /** The copy that is good, and applied as a whole. */
  good?: Validators & { hash: string; rules: string };
  /** What goes into the audit trail. */
  audit?: { what: 'feed.applied' | 'feed.refused'; detail: object };
}

/** What only the leader writes. Every transaction makes sure that it still is the one. */
export interface FeedLedger extends Feeds {
  /** The entries of a feed in force, by what they are about. */
  held(name: string): Promise<Map<string, Held>>;
  /** How many of them are listed. */
  countListed(name: string): Promise<number>;
  /** What the last good copy had, and somebody has ended by hand or given a time to live since. */
  takenByHand(name: string): Promise<string[]>;
  /** A copy that was judged good is about to be applied. */
  begin(name: string, hash: string): Promise<void>;
  put(name: string, listed: readonly Listed[]): Promise<void>;
  /** They are not listed any more. */
  leave(name: string, subjects: readonly string[], ttlSeconds: number): Promise<void>;
  record(name: string, run: RunRecord): Promise<void>;
}

export type Fetched = { kind: 'unchanged' } | { kind: 'copy'; bytes: Uint8Array; validators: Validators };

/** What came was not all of it. */
export class Truncated extends Error {
  override readonly name = 'Truncated';
}

/** Gets the current copy of a feed; `known` is what the server called the one that is there already. */
export type FetchFeed = (feed: Feed, known: Validators | undefined, signal: AbortSignal) => Promise<Fetched>;
