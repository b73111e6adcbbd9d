import { etagOf } from '../../domain/conditions.ts';
import { escapeIdentifier } from 'pg';
import { rowTags, type BoundResource, type BoundTable } from '../../domain/resources/bound.ts';
import { columnsOf, tagsOf } from '../../domain/resources/tags.ts';
import type { Loaded } from '../../ports/source.ts';

/** `schema.table` as SQL. */
export function tableSql(table: string): string {
  return table.split('.').map(escapeIdentifier).join('.');
}

/** What an answer is made of, for a row that is called `alias`: its body first, then what its tags need. */
export function answerSql(table: BoundTable, alias: string): string {
  return [bodySql(table, alias), ...tagColumns(table).map((column) => textSql(alias, column))].join(', ');
}

/** Postgres writes the JSON, and nobody reads it on the way: numbers keep their digits, columns their order. */
function bodySql({ columns }: BoundTable, alias: string): string {
  const list = columns.map(({ name }) => `${alias}.${escapeIdentifier(name)}`).join(', ');
  return `(SELECT row_to_json(answer) FROM (SELECT ${list}) AS answer)::text`;
}

export function textSql(alias: string, column: string): string {
  return `${alias}.${escapeIdentifier(column)}::text`;
}

/** That the tags are made from. */
export function tagColumns(resource: BoundResource): string[] {
  return [...new Set(rowTags(resource).flatMap(columnsOf))];
}

/** The columns of `answerSql`. */
export function toLoaded(resource: BoundResource, [body, ...values]: readonly (string | null)[]): Loaded {
  const columns = tagColumns(resource);
  const row = new Map(columns.map((column, at) => [column, values[at] ?? null]));
  const bytes = Buffer.from(body!);
  return {
    body: bytes,
    contentType: 'application/json',
    etag: etagOf(bytes),
    tags: tagsOf(rowTags(resource), row),
    version: 0n,
  };
}
