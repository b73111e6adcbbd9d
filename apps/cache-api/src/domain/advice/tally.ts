/** In ms. */
const PERIOD = 3_600_000;

export const TIERS = ['l1', 'store', 'source'] as const;
export type Tier = (typeof TIERS)[number];

export interface Counts {
  l1: number;
  store: number;
  source: number;
  stale: number;
  /** In ms since the epoch. */
  since: number;
}

const none = (since: number): Counts => ({ l1: 0, store: 0, source: 0, stale: 0, since });

/** Every answer of the last one to two hours, counted. */
export class Tally {
  #before: Counts | undefined;
  #now: Counts;

  constructor(now: number) {
    this.#now = none(now);
  }

  count(tier: Tier, isStale: boolean, now: number): void {
    if (now - this.#now.since >= PERIOD) {
      // After a pause, what was before it says nothing about now.
      this.#before = now - this.#now.since < 2 * PERIOD ? this.#now : undefined;
      this.#now = none(now);
    }
    const counts = this.#now;
    if (tier === 'l1') counts.l1 += 1;
    else if (tier === 'store') counts.store += 1;
    else counts.source += 1;
    if (isStale) counts.stale += 1;
  }

  get counts(): Counts {
    const { l1, store, source, stale, since } = this.#now;
    const before = this.#before ?? none(since);
    return {
      l1: l1 + before.l1,
      store: store + before.store,
      source: source + before.source,
      stale: stale + before.stale,
      since: before.since,
    };
  }
}
