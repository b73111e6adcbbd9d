import type { BoundTable } from '../../domain/resources/bound.ts';
import type { KeyPart } from '../../domain/resources/ids.ts';
import { didYouMean } from '../../domain/resources/nearest.ts';
import type { TableResource } from '../../domain/resources/resource.ts';
import { columnsOf } from '../../domain/resources/tags.ts';
import type { CatalogColumn, CatalogTable } from './catalog.ts';
import { keyTypeOf, rowSchema } from './types.ts';

/** Throws an Error that says what does not fit. */
export function bindTable(declaration: TableResource, table: CatalogTable): BoundTable {
  const { name } = declaration;
  checkKind(table);
  const key = keyOfTable(declaration, table);
  for (const column of declaration.writable) checkWritable(find(table, column, 'writable'), key);
  for (const tag of declaration.tags) {
    for (const column of columnsOf(tag)) find(table, column, `the tag ${tag.text}`);
  }
  const columns = declaration.columns?.map((column) => find(table, column, 'columns')) ?? table.columns;
  const watch = { table: table.name, columns: key.map((part) => part.name), identity: table.identity };
  return {
    kind: 'table',
    name,
    declaration,
    key,
    watches: [watch],
    columns,
    tableColumns: table.columns,
    schema: rowSchema(columns),
  };
}

const OTHERS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

/** Nobody is told of changes of what is no table. */
export function checkKind({ name, kind }: CatalogTable): void {
  const other = OTHERS[kind];
  if (other === undefined) return;
  throw new Error(
    `${name} is ${other}, whose changes nobody is told of: declare a query with the tables it dependsOn`,
  );
}

export function find(table: CatalogTable, column: string, where: string): CatalogColumn {
  const found = table.columns.find(({ name }) => name === column);
  if (found !== undefined) return found;
  const names = table.columns.map(({ name }) => name);
  throw new Error(
    `${where} names ${column}, which ${table.name} does not have${didYouMean(column, names) || ':'} it has ${names.join(', ')}`,
  );
}

function keyOfTable(declaration: TableResource, table: CatalogTable): KeyPart[] {
  const names = declaration.key ?? table.primaryKey;
  if (names === undefined) {
    throw new Error(`${table.name} has no primary key: name the columns that identify one row, as key: [id]`);
  }
  const columns = names.map((column) => find(table, column, 'key'));
  if (!table.uniques.some((unique) => sameSet(unique, names))) {
    const list = names.join(', ');
    throw new Error(
      `nothing says that (${list}) identifies one row: add a unique index on ${table.name} (${list}), or name other columns`,
    );
  }
  return columns.map((column) => ({ name: column.name, type: keyTypeOf(column) }));
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

function checkWritable({ name, generated }: CatalogColumn, key: readonly KeyPart[]): void {
  if (generated) throw new Error(`writable names ${name}, which Postgres computes: take it out`);
  if (key.some((part) => part.name === name)) {
    throw new Error(`writable names ${name}, which is part of the key, and the URL says that: take it out`);
  }
}
