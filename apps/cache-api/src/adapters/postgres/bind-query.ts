import type { Pool } from 'pg';
import type { BoundQuery, Column } from '../../domain/resources/bound.ts';
import type { KeyPart } from '../../domain/resources/ids.ts';
import type { Dependency, QueryResource } from '../../domain/resources/resource.ts';
import { ask, askForFields } from './ask.ts';
import { checkKind, find } from './bind-table.ts';
import type { CatalogTable } from './catalog.ts';
import { describeSql } from './load-sql.ts';
import { areAlike, keyTypeOf, PARAMETER_TYPES, rowSchema } from './types.ts';

type QueryColumn = Column & { base: string };

/** Throws an Error that says what does not fit, in the words of Postgres where they are its own. */
export async function bindQuery(
  pool: Pool,
  declaration: QueryResource,
  tables: ReadonlyMap<string, CatalogTable>,
): Promise<BoundQuery> {
  const { name, query, parameters, many } = declaration;
  const key = parameters.map((parameter) => ({
    name: parameter.name,
    type: PARAMETER_TYPES[parameter.type],
  }));
  const watches = declaration.dependsOn.map((dependency) => {
    const table = tables.get(dependency.table)!;
    checkKind(table);
    return { table: table.name, columns: columnsOn(dependency, key, table), identity: table.identity };
  });
  const columns = await describe(pool, query, key);
  const row = rowSchema(columns);
  const schema = many ? { type: 'array', items: row } : row;
  return { kind: 'query', name, declaration, key, watches, columns, schema };
}

/** In order of the key. */
function columnsOn({ on }: Dependency, key: readonly KeyPart[], table: CatalogTable): string[] | undefined {
  if (on === undefined) return undefined;
  return key.map(({ name, type }) => {
    const column = find(table, on[name]!, 'dependsOn');
    if (!areAlike(type, keyTypeOf(column))) {
      throw new Error(
        `dependsOn: ${table.name}.${column.name} is of type ${column.type}, and the parameter ${name} of type ${type}: ` +
          `their texts differ, so that changes would not be found; change the type in key`,
      );
    }
    return column.name;
  });
}

async function describe(pool: Pool, query: string, key: readonly KeyPart[]): Promise<QueryColumn[]> {
  const fields = await askForFields(pool, 'the query', {
    text: describeSql(query, key),
    // No ids: nothing of it runs.
    values: key.map(() => []),
    rowMode: 'array',
  });
  const rows = await ask<{ base: string; type: string }>(pool, 'reading its types', TYPES, [
    fields.map((field) => field.dataTypeID),
    fields.map((field) => field.dataTypeModifier),
  ]);
  const names = fields.map((field) => field.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`the query gives the column ${twice} twice: rename one with AS`);
  return rows.map((row, at) => ({ ...row, name: names[at]!, nullable: true, hasDefault: false }));
}

const TYPES = `
  SELECT t.typname AS base, format_type(t.oid, f.mod) AS type
  FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS f(oid, mod, position)
  JOIN pg_type t ON t.oid = f.oid ORDER BY f.position`;
