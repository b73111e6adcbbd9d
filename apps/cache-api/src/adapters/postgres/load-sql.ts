import { escapeIdentifier } from 'pg';
import type { BoundQuery, BoundResource, BoundTable } from '../../domain/resources/bound.ts';
import type { KeyPart } from '../../domain/resources/ids.ts';
import { splitQuery } from '../../domain/resources/query-text.ts';
import { answerSql, tableSql } from './row-sql.ts';

/** Names that no query has by chance, since they can be seen within it. */
const IDS = '"the ids asked for"';
const POSITION = '"the position of the id"';

const idSql = (at: number): string => `${IDS}."${at + 1}"`;

/** Rows of position (from 1) and answer; one array of texts per part of the key. */
export function loadSql(resource: BoundResource): string {
  return resource.kind === 'table' ? loadTable(resource) : loadQuery(resource);
}

function loadTable(table: BoundTable): string {
  const isThatRow = table.key.map(({ name }, at) => `t.${escapeIdentifier(name)} = ${idSql(at)}`);
  return (
    `SELECT ${IDS}.${POSITION}::int, ${answerSql(table, 't')} FROM ${idsSql(table.key)} ` +
    `JOIN ${tableSql(table.declaration.table)} AS t ON ${isThatRow.join(' AND ')}`
  );
}

/** An array subquery keeps the order of the query. The newlines end a comment at the end of it. */
function loadQuery({ key, declaration }: BoundQuery): string {
  const rows = `SELECT row_to_json(answer)::text AS body FROM (\n${querySql(declaration.query, key)}\n) AS answer`;
  const answer = declaration.many
    ? `SELECT '[' || array_to_string(ARRAY(${rows}), ',') || ']' AS body`
    : `${rows} LIMIT 1`;
  return `SELECT ${IDS}.${POSITION}::int, found.body FROM ${idsSql(key)} CROSS JOIN LATERAL (${answer}) AS found`;
}

/** A query of no ids, whose result has the columns of the declared one; it runs nothing. */
export function describeSql(query: string, key: readonly KeyPart[]): string {
  return `SELECT answer.* FROM ${idsSql(key)} CROSS JOIN LATERAL (\n${querySql(query, key)}\n) AS answer`;
}

function querySql(query: string, key: readonly KeyPart[]): string {
  const place = new Map(key.map(({ name }, at) => [name, idSql(at)]));
  return splitQuery(query)
    .map((piece) => (typeof piece === 'string' ? piece : place.get(piece.parameter)!))
    .join('');
}

function idsSql(key: readonly KeyPart[]): string {
  const arrays = key.map(({ type }, at) => `$${at + 1}::${type}[]`);
  const columns = key.map((_, at) => `"${at + 1}"`);
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS ${IDS}(${[...columns, POSITION].join(', ')})`;
}
