/** What is cached: bytes, and what an answer needs to be made of them. Times are ms since the epoch. */
export interface Entry {
  body: Uint8Array;
  contentType: string;
  etag: string;
  storedAt: number;
  freshUntil: number;
  /** Until when it may be shown although it is not fresh (RFC 5861). */
  staleUntil: number;
  tags: readonly string[];
  namespaces: readonly string[];
  /** Of the database it was read from (an LSN), below 2^64; 0n when there is none. */
  version: bigint;
  visibility: Visibility;
  /** The source has nothing there: that is worth remembering too. */
  isAbsent: boolean;
  /** How long the load took, in ms. */
  loadMs: number;
}

/** Who may be shown an answer out of a shared cache: nobody else; whoever sends no credentials; everybody. */
export const VISIBILITIES = ['private', 'public', 'shared'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** An entry as it lies in a store. */
export interface EntryRecord {
  /** The full key: two keys may have the same name in the store. */
  key: string;
  /** Random; tells one write from another. */
  id: string;
  /** By name, as they were before it was loaded. */
  generations: ReadonlyMap<string, string>;
  entry: Entry;
}

export type Freshness = 'fresh' | 'stale' | 'invalid';

/** `current` are the generations in the store now. */
export function judge(
  record: EntryRecord | undefined,
  key: string,
  current: ReadonlyMap<string, string | undefined>,
  now: number,
): Freshness {
  if (record === undefined || record.key !== key) return 'invalid';
  for (const [name, generation] of record.generations) {
    if (current.get(name) !== generation) return 'invalid';
  }
  const { freshUntil, staleUntil } = record.entry;
  return now < freshUntil ? 'fresh' : now < staleUntil ? 'stale' : 'invalid';
}
