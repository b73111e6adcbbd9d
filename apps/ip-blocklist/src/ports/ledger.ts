import type { Changes } from '../domain/networks.ts';
import type { Condition, Part } from './enforcer.ts';
import type { Capacity } from '../domain/destination.ts';

/** What a target is doing. */
export type Phase =
  /** It holds what it should. */
  | 'in-sync'
  /** It is being brought there. */
  | 'writing'
  /** It differs, and somebody must approve the plan first. */
  | 'waiting'
  /** It cannot be read or written; what it holds stays. */
  | 'failing';

export interface TargetState {
  phase: Phase;
  message: string;
  conditions: readonly Condition[];
  /** In networks; what there is more does not fit. */
  capacity: Capacity;
  /** When it was last seen whole. */
  observedAt: string | null;
  /** The last change that was not ours. */
  drift?: { at: string; what: string } | undefined;
  /** Of the lease: who writes here, and who wrote before. */
  epoch: number;
}

/** A part as it was recorded last: what of it has effect. */
export interface RecordedPart extends Part {
  /** Digests of contents that writes were about to put there, and nobody knows whether they did. */
  intended: readonly string[];
}

export interface Recorded {
  /** What it held before us was nothing, or somebody has agreed that it goes. */
  isAdopted: boolean;
  state: TargetState | undefined;
  version: number;
  parts: RecordedPart[];
}

/** A pin without its networks, which may be many. */
export interface PinHead {
  kind: 'approved' | 'rollback';
  /** Hash of the approved plan, or number of the version. */
  of: string;
  by: string;
  at: string;
}

export interface Pin extends PinHead {
  block: readonly string[];
  allow: readonly string[];
  countries: readonly string[];
}

export interface TargetVersion {
  version: number;
  at: string;
  cause: 'write' | 'drift';
  what: string;
  changes: Changes;
}

/** Something was seen, or written and acknowledged. */
export interface Settlement {
  cause: TargetVersion['cause'];
  what: string;
  /** Parts that are different now, whole. */
  parts: readonly Part[];
  gone: readonly string[];
  /** What that changes of what is enforced. */
  changes: Changes;
  /** Parts of which it is known now what became of the last write. */
  closed: readonly string[];
}

/** What anybody may know of targets. */
export interface TargetRecords {
  /** Without what it holds. */
  state(target: string): Promise<Pick<Recorded, 'isAdopted' | 'state' | 'version'>>;
  load(target: string): Promise<Recorded>;
  pins(): Promise<Map<string, PinHead>>;
  pinned(target: string): Promise<Pin | undefined>;
  /** All that anything is recorded of, configured or not. */
  names(): Promise<string[]>;
  pin(target: string, pin: Omit<Pin, 'at'>): Promise<void>;
  release(target: string, by: string): Promise<boolean>;
  /** Newest first, after a version if one is given. */
  versions(target: string, before: number | undefined, limit: number): Promise<TargetVersion[]>;
  /** All changes after a version, newest first. */
  since(target: string, version: number): Promise<TargetVersion[] | undefined>;
  /** What a target holds of one address, and of its country if that is known. */
  holding(target: string, ip: string, country?: string): Promise<Holding[]>;
  /** Milliseconds from accepted to enforced within the last day, that so many of all kept to. */
  timeToBlock(target: string): Promise<{ count: number; p50: number | null; p99: number | null }>;
}

/** So many blocks took so long at most from accepted to enforced. */
export interface TimeToBlock {
  atMostMs: number;
  count: number;
}

export interface Holding {
  part: string;
  action: Part['action'];
  /** Or a country. */
  network: string;
  since: string;
}

/** What only the leader may write. Each method rejects with LostLease once it is no longer that. */
export interface Ledger extends TargetRecords {
  /** Notes down what is about to be written, so that a lost answer can be told from somebody else's edit. */
  intend(target: string, part: Pick<RecordedPart, 'name' | 'action' | 'intended'>): Promise<void>;
  settle(target: string, settlement: Settlement): Promise<void>;
  describe(target: string, state: TargetState): Promise<void>;
  /** All that was blocked in the snapshot is enforced, of what such a target holds. `checkEach`: unless there was no room for it. */
  reached(
    target: string,
    snapshot: string,
    checkEach: boolean,
    holds: { networks: boolean; countries: boolean },
  ): Promise<TimeToBlock[]>;
  adopt(target: string): Promise<void>;
  unpin(target: string, pin: PinHead): Promise<void>;
}
