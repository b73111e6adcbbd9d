/** Values as Postgres writes them as text; null for NULL. A column that is not in it is not known. */
export type Row = ReadonlyMap<string, string | null>;

/** What a commit, whoever made it, has done to one row of a declared table. */
export type Change =
  | { kind: 'insert'; table: string; after: Row }
  /** `before` has the columns of the replica identity, and may be missing when none of them has changed. */
  | { kind: 'update'; table: string; before?: Row | undefined; after: Row }
  | { kind: 'delete'; table: string; before: Row }
  /** All rows are gone, or it is not known which. */
  | { kind: 'truncate'; table: string };

/** What of the cache depends on it: names of the store's `invalidate`. */
export interface Effects {
  keys: Set<string>;
  tags: Set<string>;
  /** One per resource of which everything has to go. */
  namespaces: Set<string>;
}
