import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Batcher, type EntryResult, type OutgoingMessage } from './batcher.ts';

export interface Publisher {
  /** Resolves with the message id once accepted. Rejects when it is refused or too large. */
  publish(message: OutgoingMessage): Promise<string>;
  /** Waits for what is on its way; for a drain. */
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (1 MiB since August 2025) */
const SQS_MAX_BYTES = 1_048_576;
/** https://docs.aws.amazon.com/general/latest/gr/sns.html */
const SNS_MAX_BYTES = 262_144;

export function createQueuePublisher(sqs: SQSClient, queueUrl: string): Publisher {
  return fromBatcher(
    new Batcher({
      destination: `queue ${queueUrl.split('/').at(-1)}`,
      maxBytes: SQS_MAX_BYTES,
      send: async (messages) => {
        const result = await sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: messages.map((message, i) => ({
              Id: String(i),
              MessageBody: message.body,
              ...(message.delaySeconds === undefined ? {} : { DelaySeconds: message.delaySeconds }),
              ...shared(message),
            })),
          }),
        );
        return inOrder(messages.length, result.Successful, result.Failed);
      },
    }),
  );
}

export function createTopicPublisher(sns: SNSClient, topicArn: string): Publisher {
  return fromBatcher(
    new Batcher({
      destination: `topic ${topicArn.split(':').at(-1)}`,
      maxBytes: SNS_MAX_BYTES,
      send: async (messages) => {
        const result = await sns.send(
          new PublishBatchCommand({
            TopicArn: topicArn,
            PublishBatchRequestEntries: messages.map((message, i) => ({
              Id: String(i),
              Message: message.body,
              ...shared(message),
            })),
          }),
        );
        return inOrder(messages.length, result.Successful, result.Failed);
      },
    }),
  );
}

function fromBatcher(batcher: Batcher): Publisher {
  return { publish: (message) => batcher.add(message), stop: () => batcher.flush() };
}

function shared(message: OutgoingMessage) {
  return {
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes ?? {}).map(([name, value]) => [
        name,
        { DataType: 'String', StringValue: value },
      ]),
    ),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
  };
}

interface Failed {
  Id?: string | undefined;
  SenderFault?: boolean | undefined;
  Code?: string | undefined;
  Message?: string | undefined;
}

function inOrder(
  count: number,
  successful: { Id?: string | undefined; MessageId?: string | undefined }[] | undefined,
  failed: Failed[] | undefined,
): EntryResult[] {
  const results: EntryResult[] = Array.from({ length: count }, () => ({
    ok: false,
    senderFault: false,
    code: 'Missing',
    message: 'the answer does not mention this message',
  }));
  for (const entry of successful ?? []) {
    results[Number(entry.Id)] = { ok: true, messageId: entry.MessageId ?? '' };
  }
  for (const entry of failed ?? []) {
    results[Number(entry.Id)] = {
      ok: false,
      senderFault: entry.SenderFault ?? false,
      code: entry.Code ?? 'Unknown',
      message: entry.Message ?? '',
    };
  }
  return results;
}
