import { createHash } from 'node:crypto';
import { sqsError } from './error.ts';
import { isFifo, type Queue } from './queues.ts';

export interface SendOptions {
  delaySeconds?: number | undefined;
  groupId?: string | undefined;
  deduplicationId?: string | undefined;
}

/** Twenty digits, growing. */
export const sequenceNumber = (seq: number): string => (10n ** 19n + BigInt(seq)).toString();

/** The deduplication id of a FIFO message; refuses one without a group. */
export function fifoIdentity(queue: Queue, body: string, options: SendOptions): string {
  if (options.groupId === undefined || options.groupId === '') {
    throw sqsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  }
  if (options.deduplicationId !== undefined) return options.deduplicationId;
  if (queue.attributes['ContentBasedDeduplication'] === 'true')
    return createHash('sha256').update(body).digest('hex');
  throw sqsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

export function checkDelay(seconds: number | undefined, queue: Queue): void {
  if (seconds === undefined) return;
  if (isFifo(queue) && seconds !== 0) {
    throw sqsError(
      'InvalidParameterValue',
      `Value ${seconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  }
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 900) {
    throw sqsError(
      'InvalidParameterValue',
      `Value ${seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
    );
  }
}
