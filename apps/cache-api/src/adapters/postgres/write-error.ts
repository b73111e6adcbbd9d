import { DatabaseError } from 'pg';
import type { Column } from '../../domain/resources/bound.ts';
import { Rejected } from '../../domain/write-errors.ts';
import { explained, toSourceError } from './errors.ts';
import type { Fields } from './fields.ts';
import type { Pools } from './pools.ts';
import { probeSql } from './write-sql.ts';

/**
 * What lies in the values: data exceptions and broken constraints (classes of two letters), what a trigger has
 * raised, and a value for a column that is GENERATED ALWAYS. (PostgreSQL, Appendix A.)
 */
const REJECTIONS = ['22', '23', 'P0001', '428C9'];

/** What a write has rejected with, as one of our errors. */
export async function toWriteError(
  pools: Pools,
  error: unknown,
  what: string,
  fields: Fields,
  given: readonly Column[],
): Promise<Error> {
  if (!isRejection(error)) return isPlain(error) ? toSourceError(error, what) : (error as Error);
  const column = error.column ?? (await culprit(pools, fields, given));
  return new Rejected(explained(error), column, { cause: error });
}

function isRejection(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && REJECTIONS.some((code) => error.code?.startsWith(code) === true);
}

/** pg's own; those of ours have names. */
function isPlain(error: unknown): boolean {
  return error instanceof DatabaseError || (error as Error).name === 'Error' || 'code' in (error as Error);
}

/** Postgres does not say which value it was whose type is wrong: each is tried by itself. */
async function culprit(pools: Pools, fields: Fields, given: readonly Column[]): Promise<string | undefined> {
  for (const column of given) {
    try {
      await pools.work.query(probeSql(column), [JSON.stringify({ [column.name]: fields[column.name] })]);
    } catch (error) {
      return isRejection(error) ? column.name : undefined;
    }
  }
}
