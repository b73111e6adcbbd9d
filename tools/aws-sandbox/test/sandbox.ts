import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { onTestFinished } from 'vitest';
import { startSandbox, type SandboxOptions } from '../src/index.ts';

export const arnOf = (queue: string): string => `arn:aws:sqs:us-east-1:000000000000:${queue}`;

export function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'aws-sandbox-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A started sandbox with clients that never retry, so that every fault shows. */
export async function start(dir = stateDir(), options: Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir: dir, ...options });
  const { endpoint } = sandbox;
  const common = {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const sqs = new SQSClient({ ...common, useQueueUrlAsEndpoint: false });
  const sns = new SNSClient(common);
  const events = new EventBridgeClient(common);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    for (const client of [s3, sqs, sns, events]) client.destroy();
    stopped ??= sandbox.close();
    return stopped;
  };
  onTestFinished(stop);
  return { ...sandbox, dir, s3, sqs, sns, events, stop };
}
export type Running = Awaited<ReturnType<typeof start>>;

export const blobs = (dir: string): string[] => readdirSync(join(dir, 'blobs'));

export async function createQueue({ sqs }: Running, name: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return QueueUrl;
}

export async function createBucket({ s3 }: Running, name: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
}

/** Everything that arrives until the queue stays empty for `quietSeconds`, each deleted. */
export async function drain({ sqs }: Running, url: string, quietSeconds = 1): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: quietSeconds }),
    );
    if (Messages.length === 0) return all;
    for (const message of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    }
    all.push(...Messages);
  }
}

/** The object keys that direct S3 notifications are about; `TestEvent` for the one that S3 sends first. */
export const keysIn = (messages: readonly Message[]): string[] =>
  messages.map(({ Body = '' }) => {
    const body = JSON.parse(Body) as { Event?: string; Records?: { s3: { object: { key: string } } }[] };
    return body.Records?.[0]?.s3.object.key ?? (body.Event === 's3:TestEvent' ? 'TestEvent' : '?');
  });

/** A bucket whose changes arrive in a queue, with the test event out of the way. */
export async function notifyingBucket(running: Running, bucket: string): Promise<string> {
  const url = await createQueue(running, `${bucket}-events`);
  await createBucket(running, bucket);

  await running.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: arnOf(`${bucket}-events`), Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  const { Messages: [testEvent] = [] } = await running.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 10 }),
  );
  await running.sqs.send(
    new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: testEvent?.ReceiptHandle }),
  );
  return url;
}
