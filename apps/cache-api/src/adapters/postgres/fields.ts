import type { BoundTable, Column } from '../../domain/resources/bound.ts';
import { didYouMean } from '../../domain/resources/nearest.ts';
import { NotWritable, Rejected } from '../../domain/write-errors.ts';

/** Column → value as JSON has it; a number that JSON would round may come as text. */
export type Fields = Readonly<Record<string, unknown>>;

/** The columns that are given. Throws NotWritable for others than `writable`. */
export function columnsGiven(table: BoundTable, fields: Fields): Column[] {
  const { writable } = table.declaration;
  const unknown = Object.keys(fields).filter((name) => !writable.includes(name));
  if (unknown.length > 0) {
    const near = unknown.length === 1 ? didYouMean(unknown[0]!, writable) : '';
    throw new NotWritable(
      `${unknown.join(', ')} cannot be written in ${table.name}${near === '' ? '.' : near} ` +
        (writable.length === 0 ? 'Nothing in it can.' : `Writable: ${writable.join(', ')}.`),
    );
  }
  return writableColumns(table).filter(({ name }) => fields[name] !== undefined);
}

/** Those that a replacement leaves out; they get their defaults. Throws Rejected where one cannot be left out. */
export function columnsOmitted(table: BoundTable, given: readonly Column[]): Column[] {
  const omitted = writableColumns(table).filter((column) => !given.includes(column));
  const needed = omitted.filter(({ nullable }) => !nullable).map(({ name }) => name);
  if (needed.length === 0) return omitted;
  throw new Rejected(
    `A whole row of ${table.name} needs ${needed.join(', ')} too: give all, or change single columns with PATCH.`,
    needed[0],
  );
}

function writableColumns({ declaration, tableColumns }: BoundTable): Column[] {
  return tableColumns.filter(({ name }) => declaration.writable.includes(name));
}
