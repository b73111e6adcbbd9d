import { IdempotencyKeyReused } from '@groundwork/database';
import { ProblemError, type ProblemTable } from '@groundwork/service';
import { NoSuchJob } from '../ports/ledger.ts';
import { JobRefused, QueueFull, SubmissionInvalid } from '../submit.ts';

/** What can go wrong here besides the common problems. */
export const problems = {
  name_is_no_id: { status: 400, title: 'It takes an id, and this is a name' },
  no_such_job: { status: 404, title: 'There is no such job' },
  no_such_engine: { status: 404, title: 'There is no such engine' },
  no_such_attempt: { status: 404, title: 'There is no such attempt' },
  too_late: { status: 409, title: 'The job has ended' },
  range_not_satisfiable: { status: 416, title: 'So much has not been written, or is not kept any more' },
  job_refused: { status: 422, title: 'Nothing can run this job as it is asked for' },
  cannot_be_exported: { status: 422, title: 'It cannot be said there as it is' },
  waits_for_nobody: { status: 422, title: 'It waits for a job that there is not' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  queue_full: { status: 429, title: 'So much is waiting already that more has to come later' },
} as const satisfies ProblemTable;

export type BrokerProblem = keyof typeof problems;

/** What keeps a submission from being taken, as its sender is told. Throws whatever is not that. */
export function asProblem(error: unknown): never {
  if (error instanceof SubmissionInvalid) {
    throw new ProblemError('invalid_request', `The body is not valid: ${error.message}.`, {
      issues: [...error.issues],
    });
  }
  if (error instanceof JobRefused) {
    throw new ProblemError<BrokerProblem>('job_refused', `${error.message}.`, {
      issues: error.rules.map(({ code, message }) => ({ path: code, message })),
    });
  }
  if (error instanceof QueueFull) {
    throw new ProblemError<BrokerProblem>('queue_full', `${error.message}.`, {
      headers: { 'retry-after': String(error.retryAfterSeconds) },
    });
  }
  if (error instanceof NoSuchJob)
    throw new ProblemError<BrokerProblem>('waits_for_nobody', `${error.message}.`);
  if (error instanceof IdempotencyKeyReused)
    throw new ProblemError<BrokerProblem>('idempotency_key_reused', error.message);
  throw error;
}
