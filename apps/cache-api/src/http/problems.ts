import { ProblemError, toProblemError, type ProblemTable } from '@groundwork/service';
import { ConditionFailed } from '../domain/conditions.ts';
import { InvalidId } from '../domain/resources/ids.ts';
import { SourceUnavailable } from '../ports/source.ts';
import { StoreUnavailable, ValueTooLarge } from '../ports/store.ts';
import { NotWritable, Rejected } from '../domain/write-errors.ts';

/** What can go wrong here besides the common problems. */
export const problems = {
  invalid_id: { status: 400, title: 'That is not an id of this resource' },
  invalid_ttl: { status: 400, title: 'That is not a time to live' },
  invalid_tags: { status: 400, title: 'Those are not tags' },
  not_writable: { status: 400, title: 'That cannot be written' },
  resource_not_found: { status: 404, title: 'There is no such resource' },
  namespace_not_found: { status: 404, title: 'There is no such namespace' },
  entry_not_found: { status: 404, title: 'There is nothing under this id' },
  read_only: { status: 405, title: 'This resource is read only' },
  lease_lost: { status: 409, title: 'The right to fill this is lost' },
  condition_failed: { status: 412, title: 'It is not what the condition asks for' },
  value_too_large: { status: 413, title: 'The value is too large' },
  rejected: { status: 422, title: 'The database does not take this' },
  store_unavailable: { status: 503, title: 'The store does not answer' },
  source_unavailable: { status: 503, title: 'The database does not answer' },
} as const satisfies ProblemTable;

export type CacheProblem = keyof typeof problems;

/** In s: about what a failover takes, and a circuit to close again. */
const RETRY_AFTER = { 'retry-after': '2' };

/** The problem of what the domain or an adapter has thrown. */
export function toCacheProblem(error: unknown): ProblemError<string> {
  if (error instanceof InvalidId) return new ProblemError<string>('invalid_id', error.message);
  if (error instanceof NotWritable) return new ProblemError<string>('not_writable', error.message);
  if (error instanceof Rejected) {
    const issues = error.column === undefined ? [] : [{ path: error.column, message: error.message }];
    return new ProblemError<string>('rejected', error.message, { issues });
  }
  if (error instanceof ConditionFailed) {
    const headers = error.etag === undefined ? {} : { etag: error.etag };
    return new ProblemError<string>('condition_failed', error.message, { headers });
  }
  if (error instanceof ValueTooLarge) {
    return new ProblemError<string>('value_too_large', `It is not stored: ${error.message}.`);
  }
  if (error instanceof StoreUnavailable) {
    const detail = 'The store, or what tells the other instances, does not answer; try again.';
    return new ProblemError<string>('store_unavailable', detail, { headers: RETRY_AFTER, cause: error });
  }
  if (error instanceof SourceUnavailable) {
    const detail = 'The database does not answer in time, and there is nothing older that may be shown.';
    return new ProblemError<string>('source_unavailable', detail, { headers: RETRY_AFTER, cause: error });
  }
  return toProblemError(error);
}
