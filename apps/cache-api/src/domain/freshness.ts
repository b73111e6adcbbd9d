import type { Entry } from './entry.ts';
import type { Policy } from './policy.ts';
import type { Loaded } from '../ports/source.ts';

/** What an entry is made of besides what was loaded. */
export interface Frame {
  policy: Policy;
  visibility: Entry['visibility'];
  tags: readonly string[];
  namespace: string;
}

/** `loadMs`: how long it took; `random`: from 0 to 1. */
export function freshEntry(
  loaded: Loaded,
  { policy, visibility, tags, namespace }: Frame,
  { now, loadMs, random }: { now: number; loadMs: number; random: number },
): Entry {
  const ttlMs = policy.ttlMs * (1 - policy.jitter * random);
  const freshUntil = Math.round(now + Math.min(ttlMs, leftMs(loaded, loadMs)));
  // What ends by itself is not shown afterwards.
  const more = loaded.ttlMs === undefined ? Math.max(policy.swrMs, policy.graceMs) : 0;
  const { body, contentType, etag, version } = loaded;
  const times = { storedAt: now, freshUntil, staleUntil: freshUntil + more, loadMs };
  const labels = { tags: [...new Set([...tags, ...loaded.tags])], namespaces: [namespace] };
  return { body, contentType, etag, ...times, ...labels, version, visibility, isAbsent: false };
}

/** It was counted at some moment of the load: at its beginning, at the earliest. */
function leftMs({ ttlMs }: Loaded, loadMs: number): number {
  return ttlMs === undefined ? Infinity : Math.max(0, ttlMs - loadMs);
}

/** That there is nothing. */
export function absentEntry(
  { policy, visibility, tags, namespace }: Frame,
  { now, loadMs }: { now: number; loadMs: number },
): Entry {
  const freshUntil = now + policy.negativeTtlMs;
  const times = { storedAt: now, freshUntil, staleUntil: freshUntil, loadMs };
  const labels = { tags, namespaces: [namespace] };
  const nothing = { body: new Uint8Array(), contentType: '', etag: '', version: 0n, isAbsent: true };
  return { ...nothing, ...times, ...labels, visibility };
}

/** Whether it may be shown while it is loaded anew. */
export function isShownMeanwhile({ freshUntil }: Entry, { swrMs }: Policy, now: number): boolean {
  return now < freshUntil + swrMs;
}

/**
 * Whether a read should load it anew although it is fresh: after the share of its life that the policy
 * names, or by chance, likelier towards the end and the longer the load takes, so that of many readers
 * one does before its end (XFetch; Vattani et al., Optimal Probabilistic Cache Stampede Prevention, VLDB '15).
 */
export function isDueEarly(
  { storedAt, freshUntil, loadMs }: Entry,
  { refreshAhead, earlyRefresh }: Policy,
  now: number,
  random: () => number,
): boolean {
  if (refreshAhead !== undefined && now >= storedAt + refreshAhead * (freshUntil - storedAt)) return true;
  const reach = loadMs * earlyRefresh;
  // Beyond 20 times that, the chance is below e^-20: not worth a logarithm for every read.
  if (now + 20 * reach < freshUntil) return false;
  return now - reach * Math.log(random()) >= freshUntil;
}
