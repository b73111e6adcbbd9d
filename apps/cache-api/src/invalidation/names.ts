import { escapeIdentifier } from 'pg';

/** A slot's name allows less than other identifiers: https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS-MANIPULATION */
const NAME = /^[a-z_][a-z0-9_]{0,49}$/;

/** Throws for what cannot name a slot; shorter than Postgres's 63 so that channels derived from it fit too. */
export function validName(name: string): string {
  if (!NAME.test(name)) {
    throw new Error(`${JSON.stringify(name)} cannot name a slot: up to 50 of a–z, 0–9 and _, no digit first`);
  }
  return name;
}

export interface TableName {
  schema: string;
  table: string;
}

/** `public.orders` in two; the first dot parts them. */
export function parseTable(name: string): TableName {
  const dot = name.indexOf('.');
  if (dot <= 0 || dot === name.length - 1) {
    throw new Error(`${JSON.stringify(name)} must be named as schema.table`);
  }
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** For SQL. */
export function quoteTable(name: string): string {
  const { schema, table } = parseTable(name);
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}
