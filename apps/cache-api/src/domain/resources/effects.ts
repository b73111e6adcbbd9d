import type { Change, Effects, Row } from '../change.ts';
import { idOf } from './ids.ts';

/** A table whose changes touch entries of a resource. */
export interface Watch {
  /** `schema.table` */
  table: string;
  /** Those that give the key of the entries a row is in, in its order. undefined: any change touches all entries. */
  columns: readonly string[] | undefined;
  /** Columns of the replica identity: when none of them has changed, an update may come without `before`. */
  identity: ReadonlySet<string>;
}

export interface Watching {
  name: string;
  watches: readonly Watch[];
}

/** What of the cache a change touches; the namespace of a resource has its name. */
export function effectsOf(change: Change, resources: readonly Watching[]): Effects {
  const effects: Effects = { keys: new Set(), tags: new Set(), namespaces: new Set() };
  for (const { name, watches } of resources) {
    for (const watch of watches.filter(({ table }) => table === change.table)) {
      const touched = idsTouched(change, watch);
      if (touched === 'all') effects.namespaces.add(name);
      else for (const id of touched) effects.keys.add(`${name}/${id}`);
    }
  }
  return effects;
}

function idsTouched(change: Change, { columns, identity }: Watch): 'all' | string[] {
  if (columns === undefined) return 'all';
  switch (change.kind) {
    case 'truncate':
      return 'all';
    case 'insert':
      return together([idIn(columns, (column) => change.after.get(column))]);
    case 'delete':
      return together([idIn(columns, (column) => change.before.get(column))]);
    case 'update':
      return together([
        idIn(columns, (column) => valueBefore(change, column, identity)),
        idIn(columns, (column) => valueAfter(change, column)),
      ]);
  }
}

type Update = { before?: Row | undefined; after: Row };
type Known = string | null | undefined;

function valueBefore({ before, after }: Update, column: string, identity: ReadonlySet<string>): Known {
  if (before !== undefined) return before.get(column);
  return identity.has(column) ? after.get(column) : undefined;
}

/** A long value that has not changed is not in `after` (logical replication leaves out unchanged TOAST). */
function valueAfter({ before, after }: Update, column: string): Known {
  return after.has(column) ? after.get(column) : before?.get(column);
}

/** 'none': a NULL among them, so that the row is in no entry. */
function idIn(
  columns: readonly string[],
  value: (column: string) => Known,
): { id: string } | 'none' | 'unknown' {
  const values = columns.map(value);
  if (values.includes(undefined)) return 'unknown';
  return values.includes(null) ? 'none' : { id: idOf(values as string[]) };
}

function together(ids: readonly ReturnType<typeof idIn>[]): 'all' | string[] {
  if (ids.includes('unknown')) return 'all';
  return ids.flatMap((found) => (typeof found === 'string' ? [] : [found.id]));
}
