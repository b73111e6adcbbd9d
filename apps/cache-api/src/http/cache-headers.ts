import { hash } from 'node:crypto';
import type { Answer } from '../domain/cache/answer.ts';
import { keyIn, type Collection } from '../domain/cache/collection.ts';
import type { Entry } from '../domain/entry.ts';
import { formatLsn } from '../domain/lsn.ts';
import type { Policy } from '../domain/policy.ts';

/** Name and value by turns, as `writeHead` takes them. */
export type FlatHeaders = string[];

/** What follows from the entry alone. */
interface Prepared {
  toAnybody: FlatHeaders;
  toOne: FlatHeaders;
}

const prepared = new WeakMap<Entry, Prepared>();

/** Credentials make an answer private: whoever has them might be shown more than others. */
const CREDENTIALS = 'Authorization, Cookie, X-Api-Key';
/** Nothing that is kept by a browser can be invalidated: it asks again each time, and gets a 304. */
const PRIVATE = 'private, no-cache';

/** CloudFront takes 50 tags of 256 characters per object (Developer Guide, "Invalidate by tag", 2026). */
const MOST_TAGS = 50;
const LONGEST_TAG = 256;
const PLAIN_TAG = /^[!-+\--~]+$/;

/** All but those of the moment: type, length, ETag, who may keep it and for how long, and by what tags it is purged. */
export function fixedHeaders(
  collection: Collection,
  id: string,
  entry: Entry,
  hasCredentials: boolean,
): FlatHeaders {
  let both = prepared.get(entry);
  if (both === undefined) {
    both = {
      toAnybody: headersOf(collection, id, entry, true),
      toOne: headersOf(collection, id, entry, false),
    };
    prepared.set(entry, both);
  }
  return isShared(entry, hasCredentials) ? both.toAnybody : both.toOne;
}

function isShared({ visibility }: Entry, hasCredentials: boolean): boolean {
  return visibility === 'shared' || (visibility === 'public' && !hasCredentials);
}

function headersOf(collection: Collection, id: string, entry: Entry, shared: boolean): FlatHeaders {
  const headers = ['x-content-type-options', 'nosniff'];
  if (!entry.isAbsent) {
    headers.push('content-type', entry.contentType);
    headers.push('content-length', String(entry.body.length), 'etag', entry.etag);
  }
  if (!shared) headers.push('cache-control', PRIVATE);
  else {
    const windows = windowsOf(entry, collection.policy);
    headers.push('cache-control', `public, max-age=0, s-maxage=${windows}`);
    headers.push(
      'cdn-cache-control',
      `max-age=${windows}`,
      'cache-tag',
      tagsOf(keyIn(collection, id), entry),
    );
  }
  if (entry.visibility === 'public') headers.push('vary', CREDENTIALS);
  return headers;
}

/** `300, stale-while-revalidate=30, stale-if-error=3600`, in s (RFC 5861, RFC 9213). */
function windowsOf({ storedAt, freshUntil, staleUntil }: Entry, { swrMs, graceMs }: Policy): string {
  const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1_000));
  const stale = staleUntil > freshUntil;
  const windows = [
    ['stale-while-revalidate', stale ? seconds(swrMs) : 0],
    ['stale-if-error', stale ? seconds(graceMs) : 0],
  ] as const;
  const said = windows.filter(([, length]) => length > 0).map(([name, length]) => `, ${name}=${length}`);
  return `${seconds(freshUntil - storedAt)}${said.join('')}`;
}

function tagsOf(key: string, { tags, namespaces }: Entry): string {
  return [keyTag(key), ...namespaces.map(namespaceTag), ...tags.map(purgeTag)].slice(0, MOST_TAGS).join(',');
}

/** What a CDN knows a key, a namespace or a tag by. */
export const keyTag = (key: string): string => purgeTag(`key:${key}`);
export const namespaceTag = (namespace: string): string => purgeTag(`all:${namespace}`);

export function purgeTag(tag: string): string {
  if (tag.length <= LONGEST_TAG && PLAIN_TAG.test(tag)) return tag;
  return `hash:${hash('sha256', tag, 'base64url')}`;
}

/** RFC 9211, and in `detail` what it has no parameter for. */
export function cacheStatus({ entry, state, tier, lease, isStored, because }: Answer, now: number): string {
  const ttl = Math.floor((entry.freshUntil - now) / 1_000);
  const age = ageOf(entry, now);
  const version = entry.version === 0n ? 'unknown' : formatLsn(entry.version);
  const how = because === undefined ? '' : ` stale=${because}`;
  const detail = `detail="tier=${tier} age=${age} version=${version} lease=${lease}${how}"`;
  if (state !== 'miss') return `groundwork; hit; ttl=${ttl}; ${detail}`;
  const collapsed = lease === 'waited' ? '; collapsed' : '';
  return `groundwork; fwd=miss${isStored ? '; stored' : ''}${collapsed}; ttl=${ttl}; ${detail}`;
}

/** In s. */
export function ageOf({ storedAt }: Entry, now: number): number {
  return Math.max(0, Math.floor((now - storedAt) / 1_000));
}
