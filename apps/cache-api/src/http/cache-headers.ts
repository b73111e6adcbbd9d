import type { Answer } from '../domain/cache/answer.ts';
import { keyIn, type Collection } from '../domain/cache/collection.ts';
import type { Entry } from '../domain/entry.ts';
import { formatLsn } from '../domain/lsn.ts';
import type { Policy } from '../domain/policy.ts';
import { collectionTag, keyTag, ownTag } from '../domain/purge-tags.ts';

/** Name and value by turns, as `writeHead` takes them. */
export type FlatHeaders = string[];

/** What follows from the entry alone, each made when it is first asked for; and from the second it is. */
interface Prepared {
  fixed: Map<string, FlatHeaders>;
  second: number;
  /** Of a hit in this process; as headers, and among many. */
  moment: FlatHeaders;
  item: Uint8Array;
  itemOf: string | undefined;
}

const NOTHING = new Uint8Array();
const prepared = new WeakMap<Entry, Prepared>();

/** Credentials make an answer private: whoever has them might be shown more than others. */
const CREDENTIALS = 'Authorization, Cookie, X-Api-Key';
/** Nothing that is kept by a browser can be invalidated: it asks again each time, and gets a 304. */
const PRIVATE = 'private, no-cache';

/** Per object, for CloudFront (Developer Guide, "Invalidate by tag", 2026). */
const MOST_TAGS = 50;

/** What is asked for, and with what. */
export interface Answering {
  collection: Collection;
  id: string;
  answer: Answer;
  now: number;
  hasCredentials: boolean;
}

/**
 * Type, length, ETag; who may keep it, for how long, and by what tags it is purged; and why it is this one.
 * What does not change is put together once per entry, and the rest of a hit once in a second.
 */
export function cacheHeaders(
  { collection, id, answer, now, hasCredentials }: Answering,
  status: 200 | 304,
): FlatHeaders {
  const { entry, tier, state } = answer;
  const all = preparedFor(entry);
  const shared = isShared(entry, hasCredentials);
  const name = `${status} ${shared}`;
  let fixed = all.fixed.get(name);
  if (fixed === undefined) {
    fixed = headersOf({ collection, id, entry, shared, status });
    all.fixed.set(name, fixed);
  }
  return fixed.concat(tier === 'l1' && state === 'hit' ? momentOf(all, answer, now) : momentary(answer, now));
}

/** Of an item among many, the beginning of its JSON: id, status, Cache-Status, ETag, and `more`, the same for each entry. */
export function aboutItem(id: string, answer: Answer, now: number, more: string): Uint8Array {
  if (answer.tier !== 'l1' || answer.state !== 'hit') {
    return Buffer.from(textOf(id, answer, cacheStatus(answer, now)) + more);
  }
  const all = preparedFor(answer.entry);
  const moment = momentOf(all, answer, now);
  // Nearly always the same: only what is asked for by another form of its id differs.
  if (all.itemOf !== id) {
    all.itemOf = id;
    all.item = Buffer.from(textOf(id, answer, moment.at(-1)!) + more);
  }
  return all.item;
}

function textOf(id: string, { entry }: Answer, status: string): string {
  const said = `{"id":${JSON.stringify(id)},"status":${entry.isAbsent ? 404 : 200},"cacheStatus":${JSON.stringify(status)}`;
  return entry.isAbsent ? said : `${said},"etag":${JSON.stringify(entry.etag)}`;
}

function preparedFor(entry: Entry): Prepared {
  let all = prepared.get(entry);
  if (all === undefined) {
    all = { fixed: new Map(), second: NaN, moment: [], item: NOTHING, itemOf: undefined };
    prepared.set(entry, all);
  }
  return all;
}

function momentOf(all: Prepared, answer: Answer, now: number): FlatHeaders {
  const second = Math.floor(now / 1_000);
  if (all.second !== second) {
    all.moment = momentary(answer, now);
    all.itemOf = undefined;
    all.second = second;
  }
  return all.moment;
}

const momentary = (answer: Answer, now: number): FlatHeaders => [
  'age',
  String(ageOf(answer.entry, now)),
  'cache-status',
  cacheStatus(answer, now),
];

function isShared({ visibility }: Entry, hasCredentials: boolean): boolean {
  return visibility === 'shared' || (visibility === 'public' && !hasCredentials);
}

interface Fixed {
  collection: Collection;
  id: string;
  entry: Entry;
  shared: boolean;
  status: 200 | 304;
}

function headersOf({ collection, id, entry, shared, status }: Fixed): FlatHeaders {
  const headers = ['x-content-type-options', 'nosniff'];
  if (!entry.isAbsent) {
    headers.push('content-type', entry.contentType, 'etag', entry.etag);
    if (status === 200) headers.push('content-length', String(entry.body.length));
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
  return [keyTag(key), ...namespaces.map(collectionTag), ...tags.map(ownTag)].slice(0, MOST_TAGS).join(',');
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

/** Of a write, which counts in any case. */
export function writeStatus(isCached: boolean): string {
  const detail = isCached ? '' : '; detail="not invalidated yet: the store does not answer"';
  return `groundwork; fwd=method${detail}`;
}

/** In s. */
export function ageOf({ storedAt }: Entry, now: number): number {
  return Math.max(0, Math.floor((now - storedAt) / 1_000));
}
