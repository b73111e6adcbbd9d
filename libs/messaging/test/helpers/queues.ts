import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
} from '@aws-sdk/client-sqs';
import { eventually } from '@groundwork/service/testing';
import type { Aws } from './aws.ts';

export interface QueueSpec {
  fifo?: boolean;
  visibilitySeconds?: number;
  /** Gives the queue a dead-letter queue. */
  maxReceiveCount?: number;
}

export interface TestQueue {
  url: string;
  arn: string;
  /** Empty when there is none. */
  deadLetterUrl: string;
}

export async function createQueue(aws: Aws, spec: QueueSpec = {}): Promise<TestQueue> {
  const plain: Record<string, string> = spec.fifo === true ? { FifoQueue: 'true' } : {};
  const name = (prefix: string): string => `${prefix}-${randomUUID()}${spec.fifo === true ? '.fifo' : ''}`;
  const attributes = { ...plain, VisibilityTimeout: String(spec.visibilitySeconds ?? 30) };
  if (spec.maxReceiveCount === undefined) {
    return { ...(await create(aws, name('work'), attributes)), deadLetterUrl: '' };
  }
  const dead = await create(aws, name('dead'), plain);
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: dead.arn,
    maxReceiveCount: spec.maxReceiveCount,
  });
  const work = await create(aws, name('work'), { ...attributes, RedrivePolicy });
  return { ...work, deadLetterUrl: dead.url };
}

async function create(aws: Aws, QueueName: string, Attributes: Record<string, string>) {
  const { QueueUrl: url = '' } = await aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const facts = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { url, arn: facts.Attributes?.['QueueArn'] ?? '' };
}

export interface ToSend {
  body: string;
  group?: string;
  attributes?: Record<string, MessageAttributeValue>;
}

/** In order, ten per call. */
export async function send(aws: Aws, url: string, messages: readonly (string | ToSend)[]): Promise<void> {
  for (let i = 0; i < messages.length; i += 10) {
    const { Failed = [] } = await aws.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: messages.slice(i, i + 10).map((message, n) => {
          const { body, group, attributes } = typeof message === 'string' ? { body: message } : message;
          return {
            Id: String(n),
            MessageBody: body,
            MessageAttributes: attributes,
            ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: randomUUID() }),
          };
        }),
      }),
    );
    if (Failed.length > 0) throw new Error(`not sent: ${JSON.stringify(Failed)}`);
  }
}

/** Takes up to ten messages out of sight; does not delete them. */
export async function receive(aws: Aws, url: string, waitSeconds = 0): Promise<Message[]> {
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

export async function next(aws: Aws, url: string): Promise<Message> {
  return eventually(async () => (await receive(aws, url, 1))[0], { what: 'a message in the queue' });
}

/** How many messages are visible, in flight and delayed. */
export async function counts(aws: Aws, url: string) {
  const { Attributes: a = {} } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  const visible = Number(a['ApproximateNumberOfMessages']);
  const inFlight = Number(a['ApproximateNumberOfMessagesNotVisible']);
  return { visible, inFlight, all: visible + inFlight };
}

export async function untilEmpty(aws: Aws, url: string, withinMs = 10_000): Promise<void> {
  await eventually(async () => (await counts(aws, url)).all === 0, { what: 'an empty queue', withinMs });
}

/** Attribute values of a message by name. */
export function attributesOf(message: Message): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  );
}
