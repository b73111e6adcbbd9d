/** What happened to an object, whichever way the news came. */
export interface ObjectChange {
  bucket: string;
  /** Decoded. */
  key: string;
  /** In S3's names without the prefix: `ObjectCreated:Put`, `ObjectRemoved:DeleteMarkerCreated` … */
  event: string;
  versionId?: string;
  /** Comparable per key only; PUT and DELETE events have one. */
  sequencer?: string;
  /** Without quotes. */
  etag?: string;
  /** Bytes. */
  size?: number;
  time: string;
  /** Of the request that caused the change. */
  requestId?: string;
}

/** Drops members that are undefined, so that optional members are absent, not undefined. */
export function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
