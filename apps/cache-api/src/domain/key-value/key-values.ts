import type { Conditions, Value } from '../../ports/values.ts';

export interface Put {
  etag: string;
  wasThere: boolean;
  /** False when the database has it, and the cache could not be told yet. */
  isCached: boolean;
}

export type Removed = Pick<Put, 'wasThere' | 'isCached'>;

/** Values of one namespace, as clients write them. Rejects with ConditionFailed, StoreUnavailable, SourceUnavailable or ValueTooLarge. */
export interface KeyValues {
  put(key: string, value: Value, conditions: Conditions): Promise<Put>;
  remove(key: string, conditions: Conditions): Promise<Removed>;
}
