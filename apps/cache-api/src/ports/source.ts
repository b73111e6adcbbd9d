/** What a source gives for one key: bytes as they are served. */
export interface Loaded {
  body: Uint8Array;
  contentType: string;
  /** As far as they follow from what was loaded; those of the declaration are added by who asks. */
  tags: readonly string[];
  /** Strong, with quotes. */
  etag: string;
  /** How long it may be fresh at most, in ms; undefined: as the policy says. */
  ttlMs?: number | undefined;
  /** Database version (LSN) that it is at least as new as; 0n when that is not known. */
  version: bigint;
}

/** Where entries come from. */
export interface Source {
  /**
   * All of them with one query, in order; undefined: there is none. When the signal aborts, the query is
   * cancelled at the server and the promise rejects. Rejects with the errors below.
   */
  load(ids: readonly string[], signal: AbortSignal): Promise<(Loaded | undefined)[]>;
}

/** The database does not answer, has no connection free in time, or the query was cancelled. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}
