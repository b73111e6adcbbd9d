import type { Message, MessageAttributeValue, SQSClient } from '@aws-sdk/client-sqs';
import { QueueClient } from './queue-client.ts';

/** SQS allows ten attributes per message; two are ours. */
const KEPT_ATTRIBUTES = 8;
const MAX_REASON_CHARACTERS = 1_000;

/** URL of the dead-letter queue that a queue names in its redrive policy; undefined when it names none. */
export async function deadLetterQueueOf(sqs: SQSClient, queueUrl: string): Promise<string | undefined> {
  return (await new QueueClient(sqs, queueUrl).facts()).deadLetter?.url;
}

/** Copies a message to the dead-letter queue with the reason. The caller deletes the original after. */
export async function sendToDeadLetters(
  queue: QueueClient,
  deadLetterUrl: string,
  message: Message,
  failure: { code: 'permanent' | 'exhausted'; reason: string },
): Promise<void> {
  // Ours may be there from an earlier time: a message redriven out of the dead-letter queue.
  const { failureCode: _code, failureReason: _reason, ...attributes } = message.MessageAttributes ?? {};
  const kept = Object.entries(attributes).slice(0, KEPT_ATTRIBUTES);
  await queue.sendTo(deadLetterUrl, message, {
    ...Object.fromEntries(kept),
    failureCode: text(failure.code),
    failureReason: text(failure.reason),
  });
}

function text(value: string): MessageAttributeValue {
  // SQS refuses control characters and empty values.
  // oxlint-disable-next-line no-control-regex -- these are the characters it refuses
  const clean = value.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, ' ');
  return { DataType: 'String', StringValue: clean.slice(0, MAX_REASON_CHARACTERS) || 'unknown' };
}
