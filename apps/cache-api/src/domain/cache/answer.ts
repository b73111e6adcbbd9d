import type { Entry } from '../entry.ts';

/** What became of the right to fill: not needed; ours, and used; somebody else's, who filled; lost on the way; not to be had. */
export type LeaseOutcome = 'none' | 'won' | 'waited' | 'lost' | 'unavailable';

/** An entry, and why it is this one. */
export interface Answer {
  entry: Entry;
  /** `hit`: fresh. `stale`: past its end, and still allowed. `miss`: loaded for this. */
  state: 'hit' | 'stale' | 'miss';
  tier: 'l1' | 'store' | 'source';
  lease: LeaseOutcome;
  /** Whether the next one finds it. */
  isStored: boolean;
  /** Why something stale is shown. */
  because?: 'revalidating' | 'slow' | 'failed' | undefined;
}
