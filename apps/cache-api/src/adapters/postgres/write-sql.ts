import { escapeIdentifier } from 'pg';
import type { BoundTable, Column } from '../../domain/resources/bound.ts';
import { answerSql, tableSql, textSql } from './row-sql.ts';

/** Parameters: one text per part of the key, then the fields as JSON, which Postgres gives their types. */
export interface Statement {
  text: string;
  takesFields: boolean;
}

/** Answers first (see `answerSql`), then all columns as text. */
function returned(table: BoundTable): string {
  return [answerSql(table, 't'), ...table.tableColumns.map(({ name }) => textSql('t', name))].join(', ');
}

/** The row as it is. Others may still refer to it meanwhile, unless it is to be deleted. */
export function lockSql(table: BoundTable, toDelete: boolean): string {
  const lock = toDelete ? 'UPDATE' : 'NO KEY UPDATE';
  return `SELECT ${returned(table)} FROM ${tableSql(table.declaration.table)} AS t WHERE ${isThatRow(table)} FOR ${lock}`;
}

export function updateSql(
  table: BoundTable,
  given: readonly Column[],
  omitted: readonly Column[],
): Statement {
  const settings = [
    ...given.map(({ name }) => `${escapeIdentifier(name)} = v.${escapeIdentifier(name)}`),
    ...omitted.map(({ name }) => `${escapeIdentifier(name)} = DEFAULT`),
  ];
  const from = given.length === 0 ? '' : `FROM ${fieldsSql(table, given)}`;
  const text =
    `UPDATE ${tableSql(table.declaration.table)} AS t SET ${settings.join(', ')} ${from} ` +
    `WHERE ${isThatRow(table)} RETURNING ${returned(table)}`;
  return { text, takesFields: given.length > 0 };
}

/** Returns nothing when the row has come meanwhile. */
export function insertSql(table: BoundTable, given: readonly Column[]): Statement {
  const keys = table.key.map(({ name }) => escapeIdentifier(name));
  const names = given.map(({ name }) => escapeIdentifier(name));
  const values = [...keyValues(table), ...names.map((name) => `v.${name}`)];
  const from = given.length === 0 ? '' : `FROM ${fieldsSql(table, given)}`;
  const text =
    `INSERT INTO ${tableSql(table.declaration.table)} AS t (${[...keys, ...names].join(', ')}) ` +
    `SELECT ${values.join(', ')} ${from} ON CONFLICT (${keys.join(', ')}) DO NOTHING RETURNING ${returned(table)}`;
  return { text, takesFields: given.length > 0 };
}

export function deleteSql(table: BoundTable): string {
  return `DELETE FROM ${tableSql(table.declaration.table)} AS t WHERE ${isThatRow(table)} RETURNING 1`;
}

/** Fails as the write did if it was this column's value; the only parameter is the JSON. */
export function probeSql({ name, type }: Column): string {
  return `SELECT 1 FROM json_to_record($1::json) AS v(${escapeIdentifier(name)} ${type}) WHERE v IS NOT NULL`;
}

/**
 * The version is read while the row is locked: a later writer of it, who gets the lock after our commit, reads a
 * higher one. It is told in the stream, beside the change. Parameter: the key of the cache.
 */
export const STAMP = `
  SELECT version, pg_logical_emit_message(
    true, 'groundwork-cache', json_build_object('key', $1::text, 'version', version)::text
  ) FROM (SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text AS version OFFSET 0) AS now`;

function isThatRow(table: BoundTable): string {
  const values = keyValues(table);
  return table.key.map(({ name }, at) => `t.${escapeIdentifier(name)} = ${values[at]!}`).join(' AND ');
}

function keyValues({ key }: BoundTable): string[] {
  return key.map(({ type }, at) => `$${at + 1}::${type}`);
}

function fieldsSql({ key }: BoundTable, given: readonly Column[]): string {
  const columns = given.map(({ name, type }) => `${escapeIdentifier(name)} ${type}`);
  return `json_to_record($${key.length + 1}::json) AS v(${columns.join(', ')})`;
}
