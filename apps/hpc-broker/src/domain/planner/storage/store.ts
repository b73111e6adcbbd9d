import type { Reckoned, Span } from '../span.ts';

/** What a job reads and writes while it runs, and for how long it has to be there. */
export interface StorageNeed {
  gib: number;
  iops: number | undefined;
  mibPerSecond: number | undefined;
  shared: boolean;
  /** How many volumes, where each element or node has its own. */
  copies: number;
  perInstance: number;
  seconds: Span;
  efa: boolean;
}

/** One that would do. */
export interface FittingStore {
  fits: true;
  name: string;
  what: () => string;
  /** In USD. */
  cost: Reckoned;
}

export type Store =
  | FittingStore
  | { fits: false; name: string; code: string; reason: string; source: string };
