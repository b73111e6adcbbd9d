import { z } from 'zod';
import type { Policy } from '../policy.ts';
import { Duration, Period } from './units.ts';

const Share = z.number('must be a number between 0 and 1').min(0).max(1);

/** Timings that resources and namespaces of kind postgres have alike; what is left out gets `DEFAULTS`. */
export const policySettings = {
  jitter: Share.optional(),
  staleWhileRevalidate: Duration.optional(),
  staleIfError: Duration.optional(),
  negativeTtl: Duration.optional(),
  refreshAhead: Share.gt(0, 'must be more than 0: leave it out to turn it off')
    .lt(1, 'must be less than 1: it is a share of the ttl')
    .optional(),
  earlyRefresh: z.number('must be a number, as 1').min(0).max(10).optional(),
  softTimeout: Period.optional(),
  hardTimeout: Period.optional(),
};

const PolicySettings = z.object(policySettings);
export type PolicySettings = z.output<typeof PolicySettings>;
export type PolicySetting = keyof PolicySettings;

export const POLICY_SETTINGS = Object.keys(policySettings) as PolicySetting[];

const DEFAULTS = {
  jitter: 0.1,
  swrMs: 0,
  graceMs: 5 * 60_000,
  negativeTtlMs: 10_000,
  earlyRefresh: 1,
  softTimeoutMs: 500,
  hardTimeoutMs: 2_000,
};

/** Of the strategy refresh-ahead. */
export const REFRESH_AHEAD = 0.8;

export function policyOf(ttlMs: number, settings: PolicySettings, refreshAhead?: number): Policy {
  return {
    ttlMs,
    jitter: settings.jitter ?? DEFAULTS.jitter,
    swrMs: settings.staleWhileRevalidate ?? DEFAULTS.swrMs,
    graceMs: settings.staleIfError ?? DEFAULTS.graceMs,
    negativeTtlMs: settings.negativeTtl ?? DEFAULTS.negativeTtlMs,
    refreshAhead: settings.refreshAhead ?? refreshAhead,
    earlyRefresh: settings.earlyRefresh ?? DEFAULTS.earlyRefresh,
    softTimeoutMs: settings.softTimeout ?? DEFAULTS.softTimeoutMs,
    hardTimeoutMs: settings.hardTimeout ?? DEFAULTS.hardTimeoutMs,
  };
}

/** One thing that is wrong, and where in what was declared. */
export type Complain = (path: (string | number)[], message: string) => void;

export function checkPolicy({ softTimeoutMs, hardTimeoutMs }: Policy, complain: Complain): void {
  if (softTimeoutMs < hardTimeoutMs) return;
  complain(
    ['softTimeout'],
    `must be less than hardTimeout, and they are ${softTimeoutMs}ms and ${hardTimeoutMs}ms ` +
      `(${DEFAULTS.softTimeoutMs}ms and ${DEFAULTS.hardTimeoutMs}ms if left out)`,
  );
}
