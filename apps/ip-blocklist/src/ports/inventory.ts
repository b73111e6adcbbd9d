import type { ProtectedRange } from '../domain/protected-ranges.ts';

/** What the account itself has, and what has to reach it: addresses that a block would turn against oneself. */
export interface Inventory {
  /**
   * All of it, each range once. Rejects when any part cannot be read: half an inventory would look like
   * addresses that are nobody's any more. The last good one is the caller's to keep.
   */
  read(signal?: AbortSignal): Promise<ProtectedRange[]>;
}
