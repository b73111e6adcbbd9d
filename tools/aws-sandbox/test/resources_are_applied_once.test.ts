import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { GetBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListSubscriptionsCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Resources } from '../src/index.ts';
import { drain, keysIn, start, stateDir, type Running } from './sandbox.ts';

/** One of everything. */
const resources = Resources.parse(
  parse(`
queues:
  - name: dead
  - { name: direct, visibilitySeconds: 45, deadLetters: { queue: dead, maxReceiveCount: 3 } }
  - name: via-topic
  - { name: ordered.fifo, contentBasedDeduplication: true }
topics:
  - name: uploads
    subscriptions: [{ queue: via-topic, raw: true }]
buckets:
  - name: photos
    versioning: true
    eventBridge: true
    notifications:
      - { queue: direct, events: ['s3:ObjectCreated:*'], prefix: in/, suffix: .jpg }
      - { topic: uploads, events: ['s3:ObjectRemoved:*', 's3:ObjectCreated:Put'], prefix: out/ }
  - name: plain
rules:
  - { name: to-fifo, pattern: { source: [aws.s3] }, queue: ordered.fifo, messageGroupId: all }
`),
);

async function queueUrl({ sqs }: Running, QueueName: string): Promise<string> {
  return (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
}

async function everything({ s3, sqs, sns, events }: Running): Promise<unknown> {
  const { $metadata: _, ...notifications } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: 'photos' }),
  );
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return {
    notifications,
    queues: QueueUrls.map((url) => url.split('/').at(-1)),
    subscriptions: (await sns.send(new ListSubscriptionsCommand({}))).Subscriptions,
    rules: (await events.send(new ListRulesCommand({}))).Rules,
  };
}

it('creates what the file lists, and a second start changes nothing and sends no second test event', async () => {
  const dir = stateDir();
  const first = await start(dir, { resources });
  const created = await everything(first);
  expect(created).toMatchObject({
    queues: ['dead', 'direct', 'ordered.fifo', 'via-topic'],
    rules: [{ Name: 'to-fifo' }],
  });
  expect(keysIn(await drain(first, await queueUrl(first, 'direct')))).toEqual(['TestEvent']);
  expect(keysIn(await drain(first, await queueUrl(first, 'via-topic')))).toEqual(['TestEvent']);
  await first.stop();

  const second = await start(dir, { resources });
  expect(await everything(second)).toEqual(created);
  await second.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'in/a.jpg', Body: 'x' }));
  await second.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'out/b', Body: 'x' }));
  await second.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'in/no.txt', Body: 'x' }));
  expect(keysIn(await drain(second, await queueUrl(second, 'direct')))).toEqual(['in/a.jpg']);
  expect(keysIn(await drain(second, await queueUrl(second, 'via-topic')))).toEqual(['out/b']);
  const events = await drain(second, await queueUrl(second, 'ordered.fifo'));
  expect(
    events.map(
      ({ Body = '' }) => (JSON.parse(Body) as { detail: { object: { key: string } } }).detail.object.key,
    ),
  ).toEqual(['in/a.jpg', 'out/b', 'in/no.txt']);
});

it('refuses a file with a misspelt member', () => {
  expect(() => Resources.parse({ queues: [{ name: 'a', visibilitySecond: 1 }] })).toThrow('visibilitySecond');
});
