import type { Loaded } from './source.ts';

/** What a client puts. */
export interface Value {
  body: Uint8Array;
  contentType: string;
  tags: readonly string[];
  /** Undefined: as long as it is not deleted. */
  ttlMs: number | undefined;
}

/** Of RFC 9110, section 13. */
export interface Conditions {
  /** The header as it came: `*`, or a list of ETags. */
  ifMatch?: string | undefined;
  /** Only if there is none yet. */
  ifNoneMatch?: '*' | undefined;
}

export interface ValueWritten {
  /** As the source would give it; undefined: it is deleted. */
  loaded: Loaded | undefined;
  version: bigint;
  /** Whether there was one before. */
  wasThere: boolean;
}

/** Durable values of one namespace. Rejects with ConditionFailed or SourceUnavailable; after the latter nobody knows whether it was written. */
export interface ValueTable {
  put(key: string, value: Value, conditions: Conditions): Promise<ValueWritten>;
  /** undefined: there is none. */
  remove(key: string, conditions: Conditions): Promise<ValueWritten | undefined>;
}
