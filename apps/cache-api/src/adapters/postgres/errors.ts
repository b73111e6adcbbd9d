import { DatabaseError } from 'pg';
import { SourceUnavailable } from '../../ports/source.ts';

/**
 * SQLSTATEs that say nothing about the statement: it may succeed later, or on another server. Classes of two
 * letters: connection, authorization, transaction rollback (deadlock), resources, intervention (cancelled,
 * shut down), system error. (PostgreSQL, Appendix A.)
 */
const PASSING = [
  '08',
  '28',
  '3D',
  '40',
  '53',
  '57',
  '58',
  '55P03', // lock_not_available
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '25006', // read_only_sql_transaction: a failover
];

/** What a call to pg has rejected with: SourceUnavailable, or an Error that says what could not be done. */
export function toSourceError(error: unknown, what: string): Error {
  if (error instanceof SourceUnavailable) return error;
  const { message } = error as Error;
  if (!(error instanceof DatabaseError)) {
    // pg has no classes for what is not from the server: lost connections, timeouts, a pool without a free one.
    return new SourceUnavailable(`The database did not answer: ${message}`, { cause: error });
  }
  if (PASSING.some((code) => error.code?.startsWith(code) === true)) {
    return new SourceUnavailable(`The database could not do it now: ${message}`, { cause: error });
  }
  return new Error(`${what} failed: ${explained(error)}`, { cause: error });
}

/** With what Postgres suggests. */
export function explained({ message, detail, hint }: DatabaseError): string {
  return [message, detail, hint].filter((text) => text !== undefined && text !== '').join('; ');
}
