import type { Accepted, Submission } from '@groundwork/contracts';
import { IdempotencyKeyReused } from '@groundwork/database';
import { PermanentFailure, type IncomingMessage, type MessageHandler } from '@groundwork/messaging';
import { parseSubmission } from '../parse-submission.ts';
import { NoSuchJob } from '../ports/ledger.ts';
import { JobRefused, SubmissionInvalid, type Submitter } from '../submit.ts';

export interface IntakeParts {
  submit: (submission: Submission, from: Submitter) => Promise<Accepted>;
}

/**
 * Jobs and workflows, as `POST /v1/jobs` takes them. One that comes again within a day, under the same
 * deduplication id and from the same sender, adds nothing; SQS itself knows an id for five minutes only.
 *
 * What cannot be accepted goes to the dead letters with the reason. While too many wait (QueueFull) a
 * message goes back, is invisible for the consumer's backoff (2 s, doubled each time, 15 min at most), and
 * holds up its own group meanwhile: senders give each project a group. Each time counts as a receive, and
 * at the queue's maxReceiveCount it becomes a dead letter, `exhausted`, that can be sent in again as it is.
 */
export function createIntakeHandler({ submit }: IntakeParts): MessageHandler {
  return async (message, { log }) => {
    const json = parsed(message.body);
    try {
      const submission = parseSubmission(json);
      const { id, jobs, repeated } = await submit(submission, {
        by: `queue:${senderOf(message)}`,
        idempotencyKey: message.deduplicationId ?? message.id,
      });
      log.info(
        { id, jobs: jobs.length, repeated },
        repeated ? `${id} was accepted before` : `${id} accepted`,
      );
    } catch (error) {
      if (error instanceof SubmissionInvalid) {
        throw new PermanentFailure(`The message is not valid: ${error.message}`, { cause: error });
      }
      if (isForGood(error)) throw new PermanentFailure(error.message, { cause: error });
      throw error;
    }
  };
}

/** A role's session is another one in each process of the sender, which may be the one that sends again. */
function senderOf({ senderId, id }: IncomingMessage): string {
  return senderId?.split(':')[0] ?? id;
}

function isForGood(error: unknown): error is Error {
  return [JobRefused, NoSuchJob, IdempotencyKeyReused].some((one) => error instanceof one);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new PermanentFailure(`The message is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
