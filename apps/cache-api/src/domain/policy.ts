/** How long entries live, and what is done about loads that are slow or fail. Times are in ms. */
export interface Policy {
  ttlMs: number;
  /** Share of the ttl, 0 to 1, by which entries end earlier at random: those stored together do not end together. */
  jitter: number;
  /** How long after the ttl an entry is shown while it is loaded anew (RFC 5861, stale-while-revalidate). */
  swrMs: number;
  /** How long after the ttl an entry is shown when loading it fails (RFC 5861, stale-if-error). */
  graceMs: number;
  /** How long it is remembered that there is nothing; 0: not at all. */
  negativeTtlMs: number;
  /** Share of the ttl after which a read loads it anew in the background; undefined: never. */
  refreshAhead: number | undefined;
  /** Beta of XFetch (Vattani et al., Optimal Probabilistic Cache Stampede Prevention, VLDB 2015); 0: off. */
  earlyRefresh: number;
  /** A load that takes longer lets something stale be served. */
  softTimeoutMs: number;
  /** A load that takes longer is cancelled. */
  hardTimeoutMs: number;
}
