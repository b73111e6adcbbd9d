import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { startSandbox, type Faults } from '@groundwork/aws-sandbox';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll } from 'vitest';

export const silent = pino({ level: 'silent' });

export const context = { getRemainingTimeInMillis: () => 30_000, functionName: 'test' } as Context;

export interface Account {
  sqs: SQSClient;
  sns: SNSClient;
  faults: Faults;
}

/** An account for the tests of a file, without faults at the start of each. */
export function useAccount(): Account {
  const account = {} as Account;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'messages-'));
    const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir });
    const config = {
      endpoint: sandbox.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    account.sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
    account.sns = new SNSClient(config);
    account.faults = sandbox.faults;
    close = async () => {
      account.sqs.destroy();
      account.sns.destroy();
      await sandbox.close();
      rmSync(stateDir, { recursive: true, force: true });
    };
  });
  afterEach(() => account.faults.clear());
  afterAll(() => close());
  return account;
}

let count = 0;

/** A queue as WorkQueue makes them, but that hides messages for seconds only. */
export async function createQueue(
  { sqs }: Account,
  { name = 'work', fifo = false, visibilitySeconds = 30, maxReceiveCount = 5 } = {},
): Promise<{ url: string; deadLetters: string }> {
  count += 1;
  const suffix = fifo ? '.fifo' : '';
  const kind = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const create = async (queue: string, Attributes: Record<string, string>): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({
        QueueName: `${queue}-${count}${suffix}`,
        Attributes: { ...kind, ...Attributes },
      }),
    );
    return QueueUrl;
  };
  const deadLetters = await create(`${name}-dlq`, {});
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] }),
  );
  const url = await create(name, {
    VisibilityTimeout: String(visibilitySeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes['QueueArn'], maxReceiveCount }),
  });
  return { url, deadLetters };
}

async function receive({ sqs }: Account, QueueUrl: string): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

const remove = ({ sqs }: Account, QueueUrl: string, { ReceiptHandle }: Message) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

/** All that a queue has to give now, taken out. */
export async function drain(account: Account, url: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const messages = await receive(account, url);
    if (messages.length === 0) return all;
    for (const message of messages) await remove(account, url, message);
    all.push(...messages);
  }
}

type QueueLambda = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** One call as the event source of Lambda makes it: what is not reported is deleted. Returns how many were given. */
export async function callOnce(account: Account, url: string, lambda: QueueLambda): Promise<number> {
  const messages = await receive(account, url);
  if (messages.length === 0) return 0;
  const Records = messages.map((one) => ({
    messageId: one.MessageId!,
    receiptHandle: one.ReceiptHandle!,
    body: one.Body!,
    attributes: one.Attributes as never,
    messageAttributes: Object.fromEntries(
      Object.entries(one.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        { stringValue: value.StringValue!, dataType: value.DataType! as 'String' },
      ]),
    ),
    md5OfBody: one.MD5OfBody!,
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work',
    awsRegion: 'us-east-1',
  }));
  const { batchItemFailures } = await lambda({ Records }, context);
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const message of messages) if (!failed.has(message.MessageId!)) await remove(account, url, message);
  return messages.length;
}

export const order = (id: string, customer = 'c1', change: object = {}) => ({
  id,
  customer,
  region: 'eu' as const,
  total: 10,
  ...change,
});
