import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSServiceException,
  StartMessageMoveTaskCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from '../ports/dead-letters.ts';

/** Looked at for so long, in seconds, so that one listing does not see a message twice. */
const LOOK_SECONDS = 5;
const BATCH = 10;
/**
 * A poll that does not wait asks only some of the servers, and may find nothing although there is
 * something. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
 */
const WAIT_SECONDS = 1;
/** Twice what the longest listing needs when each answer is full: some is an allowed answer, no end is not. */
const MAX_RECEIVES = 20;

/** The dead-letter queue that the queue itself names in its redrive policy. */
export function createSqsDeadLetters(sqs: SQSClient, queueUrl: string): DeadLetters {
  async function facts() {
    const { Attributes: attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn', 'RedrivePolicy'] }),
    );
    const policy = attributes['RedrivePolicy'];
    if (policy === undefined) throw new Error(`${queueUrl} has no dead-letter queue`);
    const { deadLetterTargetArn: arn } = JSON.parse(policy) as { deadLetterTargetArn: string };
    const [, , , , account, name] = arn.split(':');
    const { QueueUrl: url } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    return { arn, url, sourceArn: attributes['QueueArn'] };
  }

  async function count(url: string | undefined): Promise<number> {
    const { Attributes: attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(attributes?.['ApproximateNumberOfMessages'] ?? 0);
  }

  return {
    async peek(limit) {
      const { url } = await facts();
      const approximateCount = await count(url);
      const received = new Map<string, Message>();
      // What is begun later than this may see the first ones come round again.
      const until = performance.now() + (LOOK_SECONDS - 2 * WAIT_SECONDS) * 1000;
      for (let calls = 0; calls < MAX_RECEIVES && received.size < limit; calls++) {
        if (performance.now() > until) break;
        const { Messages: messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: Math.min(BATCH, limit - received.size),
            VisibilityTimeout: LOOK_SECONDS,
            WaitTimeSeconds: WAIT_SECONDS,
            MessageSystemAttributeNames: ['SentTimestamp'],
            MessageAttributeNames: ['failureReason'],
          }),
        );
        if (messages.length === 0) break;
        for (const message of messages) received.set(message.MessageId ?? '', message);
      }
      await showAgain(sqs, url, [...received.values()]);
      return { approximateCount, letters: [...received.values()].map(letter) };
    },

    async redrive(maxPerSecond) {
      const { arn, url, sourceArn } = await facts();
      if ((await count(url)) === 0) return 'nothing there';
      try {
        // Our workers put messages there themselves, so SQS does not know where they came from.
        const { TaskHandle } = await sqs.send(
          new StartMessageMoveTaskCommand({
            SourceArn: arn,
            DestinationArn: sourceArn,
            ...(maxPerSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: maxPerSecond }),
          }),
        );
        return { taskHandle: TaskHandle ?? '' };
      } catch (error) {
        if (isUnderWay(error)) return 'already under way';
        throw error;
      }
    },
  };
}

/** So that a redrive right after a look finds them. If it fails they are back in a few seconds. */
async function showAgain(sqs: SQSClient, url: string | undefined, messages: readonly Message[]) {
  for (let at = 0; at < messages.length; at += BATCH) {
    await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: messages.slice(at, at + BATCH).map(({ ReceiptHandle }, i) => ({
          Id: String(i),
          ReceiptHandle,
          VisibilityTimeout: 0,
        })),
      }),
    );
  }
}

function letter(message: Message): DeadLetter {
  return {
    id: message.MessageId ?? '',
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)),
    reason: message.MessageAttributes?.['failureReason']?.StringValue,
    body: message.Body ?? '',
  };
}

/** SQS has no code of its own for it. */
function isUnderWay(error: unknown): boolean {
  return error instanceof SQSServiceException && /already a task running/i.test(error.message);
}
