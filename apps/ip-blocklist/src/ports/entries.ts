import type { Entry, EntryAction } from '@groundwork/contracts';
import type { Subject } from '../domain/subject.ts';

/** An entry as it is said, checked. */
export interface Said {
  action: EntryAction;
  subject: Subject;
  reason: string;
  source: string;
  confidence: number;
  ttlSeconds: number | undefined;
  /** Said although it covers what is protected. */
  forced: boolean;
}

/** What one entry in force names: both ends, as addresses. */
export interface ListedRange {
  action: EntryAction;
  first: string;
  last: string;
  forced: boolean;
  confidence: number;
}

export interface SaidResult {
  entry: Entry;
  /** False: the same source had said so before, and its entry was renewed. */
  created: boolean;
}

export interface EntryFilter {
  action?: EntryAction | undefined;
  source?: string | undefined;
  /** Entries that name this address. */
  covers?: string | undefined;
  /** … or this country. */
  country?: string | undefined;
  state: 'active' | 'ended' | 'all';
}

export interface AuditRecord {
  seq: number;
  at: string;
  actor: string;
  what: string;
  entryId: string | null;
  target: string | null;
  detail: unknown;
}

/** What is blocked and allowed, and who said so. Every change is kept in the audit trail in the same transaction. */
export interface Entries {
  /** In order of `said`. One subject of one source at most once. */
  say(said: readonly Said[], by: string): Promise<SaidResult[]>;
  /** As `say`, for many. */
  load(said: readonly Said[], by: string): Promise<{ created: number; renewed: number }>;
  /** As `say` for one, once per idempotency key. */
  sayOnce(said: Said, by: string, key: { scope: string; key: string; request: unknown }): Promise<SaidResult>;
  get(id: string): Promise<Entry | undefined>;
  list(
    filter: EntryFilter,
    after: string | undefined,
    limit: number,
  ): Promise<{ items: Entry[]; next: string | undefined }>;
  /** Undefined when there is none in force. */
  renew(
    id: string,
    change: { ttlSeconds?: number | null; reason?: string },
    by: string,
  ): Promise<Entry | undefined>;
  end(id: string, by: string): Promise<Entry | undefined>;
  /** Ends what was said of exactly this, by one source or by all. Returns how many. */
  endSaid(
    what: { action: EntryAction; subject: Subject; source: string | undefined },
    by: string,
  ): Promise<number>;
  /** Ends what has expired, some thousands at a time. Returns how many. */
  expire(): Promise<number>;
  /** Idempotency keys hold for a day. */
  forgetKeys(): Promise<void>;
  /** In order; a record that could still be overtaken by one with a lower number comes later. */
  audit(
    about: { entry?: string | undefined; target?: string | undefined },
    after: number,
    limit: number,
  ): Promise<AuditRecord[]>;
  /** What a reader sees now, to be compared with later. */
  snapshot(): Promise<string>;
  /** Where entries have changed that `snapshot` had not seen; undefined when that is too much to tell one by one. */
  changesSince(snapshot: string): Promise<{
    snapshot: string;
    ranges: { first: string; last: string }[] | undefined;
    isCountryAmong: boolean;
  }>;
  /** All entries of an action that are in force, in order of addresses, some thousands at a time. */
  ranges(action: EntryAction): AsyncIterable<ListedRange[]>;
  /** Those in force that have an address in one of these ranges. */
  overlapping(ranges: readonly { first: string; last: string }[]): Promise<ListedRange[]>;
  /** Countries named by entries in force, ascending. */
  countries(action: EntryAction): Promise<string[]>;
}
