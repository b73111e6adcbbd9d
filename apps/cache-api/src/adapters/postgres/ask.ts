import type { Pool, QueryArrayConfig, QueryArrayResult, QueryResultRow } from 'pg';
import { toSourceError } from './errors.ts';

/** One statement on any connection; rejects with what `toSourceError` makes of it. */
export async function ask<R extends QueryResultRow>(
  pool: Pool,
  what: string,
  text: string,
  values: unknown[],
): Promise<R[]> {
  try {
    return (await pool.query<R>(text, values)).rows;
  } catch (error) {
    throw toSourceError(error, what);
  }
}

/** The same, rows as arrays, with what is known about them. */
export async function askForFields(
  pool: Pool,
  what: string,
  query: QueryArrayConfig,
): Promise<QueryArrayResult['fields']> {
  try {
    return (await pool.query(query)).fields;
  } catch (error) {
    throw toSourceError(error, what);
  }
}
