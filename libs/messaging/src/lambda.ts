import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from '@aws-lambda-powertools/batch';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SNSEvent, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Logger } from 'pino';
import { QueueClient } from './consumer/queue-client.ts';
import { sendToDeadLetters } from './consumer/dead-letters.ts';
import { messageLogger, PermanentFailure, type IncomingMessage, type MessageHandler } from './message.ts';

export interface LambdaOptions {
  logger: Logger;
  /** Where permanent failures go at once. Without it they are retried like any other. */
  deadLetters?: { sqs: SQSClient; queueUrl: string };
}

/** Milliseconds kept back from the function's time limit to answer in order. */
const SAFETY_MS = 500;

/**
 * The same handler, behind Lambda's SQS event source with ReportBatchItemFailures.
 * Standard queues: each failed message is reported, the rest is deleted. FIFO: it
 * stops at the first failure of a group and reports that one and those after it.
 */
export function createQueueLambda(
  handler: MessageHandler,
  options: LambdaOptions & { fifo?: boolean },
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  return async (event, context) => {
    const signal = timeLimit(context);
    const one = (record: SQSRecord) => handle(handler, record, signal, options);
    // If all failed the answer still lists them: a throw would count as a crash of the function.
    const common = { context, throwOnFullBatchFailure: false };
    if (options.fifo !== true)
      return processPartialResponse(event, one, new BatchProcessor(EventType.SQS), common);
    return processPartialResponse(event, one, new SqsFifoPartialProcessorAsync(), {
      ...common,
      skipGroupOnError: true,
    });
  };
}

/** The same handler, subscribed to SNS directly. A throw makes Lambda retry the asynchronous event. */
export function createTopicLambda(
  handler: MessageHandler,
  options: Pick<LambdaOptions, 'logger'>,
): (event: SNSEvent, context: Context) => Promise<void> {
  return async (event, context) => {
    for (const { Sns } of event.Records) {
      const message: IncomingMessage = {
        id: Sns.MessageId,
        body: Sns.Message,
        attributes: Object.fromEntries(
          Object.entries(Sns.MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value]),
        ),
        receiveCount: 1,
        sentAt: new Date(Sns.Timestamp),
      };
      const log = messageLogger(options.logger, message);
      await handler(message, { signal: timeLimit(context), log });
    }
  };
}

async function handle(
  handler: MessageHandler,
  record: SQSRecord,
  signal: AbortSignal,
  options: LambdaOptions,
): Promise<void> {
  const message = fromRecord(record);
  const log = messageLogger(options.logger, message);
  try {
    await handler(message, { signal, log });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof PermanentFailure) || options.deadLetters === undefined) {
      log.warn({ error, receiveCount: message.receiveCount }, `failed, will be retried: ${reason}`);
      throw error;
    }
    const { sqs, queueUrl } = options.deadLetters;
    await sendToDeadLetters(new QueueClient(sqs, queueUrl), queueUrl, rawMessage(record), {
      code: 'permanent',
      reason,
    });
    log.error({ error }, `sent to the dead-letter queue: ${reason}`);
  }
}

function fromRecord(record: SQSRecord): IncomingMessage {
  const { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = record.attributes;
  return {
    id: record.messageId,
    body: record.body,
    attributes: Object.fromEntries(
      Object.entries(record.messageAttributes).flatMap(([name, { stringValue }]) =>
        stringValue === undefined ? [] : [[name, stringValue]],
      ),
    ),
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: new Date(Number(record.attributes.SentTimestamp)),
    senderId: record.attributes.SenderId,
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
  };
}

function rawMessage(record: SQSRecord) {
  return {
    MessageId: record.messageId,
    Body: record.body,
    Attributes:
      record.attributes.MessageGroupId === undefined
        ? {}
        : { MessageGroupId: record.attributes.MessageGroupId },
    MessageAttributes: Object.fromEntries(
      Object.entries(record.messageAttributes).map(([name, { dataType, stringValue, binaryValue }]) => [
        name,
        binaryValue === undefined
          ? { DataType: dataType, StringValue: stringValue }
          : { DataType: dataType, BinaryValue: Buffer.from(binaryValue, 'base64') },
      ]),
    ),
  };
}

function timeLimit(context: Context): AbortSignal {
  return AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - SAFETY_MS));
}
