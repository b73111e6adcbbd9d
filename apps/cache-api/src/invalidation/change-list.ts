import type { Change } from '../domain/change.ts';

export interface ListLimits {
  changes: number;
  /** As received, in bytes. */
  bytes: number;
}

/** Beyond it, knowing which rows costs more than it saves: each of them would be an invalidation of its own. */
export const LIST_LIMITS: ListLimits = { changes: 10_000, bytes: 16 * 1024 * 1024 };

/**
 * Changes in order, in bounded memory: what is too much becomes one `truncate` per table it has to
 * do with.
 *
 * States: listing → (a limit is reached) → collapsed.
 */
export function createChangeList(limits: ListLimits = LIST_LIMITS) {
  let changes: Change[] = [];
  let collapsed: Set<string> | undefined;
  let bytes = 0;
  return {
    add(change: Change, size: number): void {
      if (collapsed !== undefined) {
        collapsed.add(change.table);
        return;
      }
      changes.push(change);
      bytes += size;
      if (changes.length <= limits.changes && bytes <= limits.bytes) return;
      collapsed = new Set(changes.map(({ table }) => table));
      changes = [];
      bytes = 0;
    },
    get bytes() {
      return bytes;
    },
    get changes(): Change[] {
      return collapsed === undefined
        ? changes
        : Array.from(collapsed, (table) => ({ kind: 'truncate', table }));
    },
  };
}
