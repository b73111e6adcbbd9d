import { Resources } from '@groundwork/aws-sandbox';
import { eventually } from '@groundwork/service/testing';
import type { Context, SNSEvent, SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { createSqsDeadLetters } from '../src/adapters/sqs-dead-letters.ts';
import { distinctJpeg } from './support/pictures.ts';
import { settingsOf, startStack, type Stack } from './support/stack.ts';

const EVENTS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];
const KEYS = ['a b+c.jpg', 'ÄÖ/日本語 📷.jpg', 'x'.repeat(1_024)];

const base = (uploads: object, rest: object = {}, queue = 'uploads') =>
  Resources.parse({
    queues: [
      { name: queue.replace('uploads', 'uploads-dlq') },
      {
        name: queue,
        visibilitySeconds: 5,
        contentBasedDeduplication: queue.endsWith('.fifo'),
        deadLetters: { queue: queue.replace('uploads', 'uploads-dlq'), maxReceiveCount: 10 },
      },
      { name: 'deferred' },
    ],
    topics: [{ name: 'thumbnails-events' }],
    buckets: [{ name: 'uploads', ...uploads }, { name: 'thumbnails' }],
    ...rest,
  });
const viaTopic = (raw: boolean) =>
  base(
    { notifications: [{ topic: 'news', events: EVENTS }] },
    { topics: [{ name: 'thumbnails-events' }, { name: 'news', subscriptions: [{ queue: 'uploads', raw }] }] },
  );
const viaRule = (queue: string) =>
  base(
    { eventBridge: true },
    {
      rules: [
        {
          name: 'news',
          pattern: { source: ['aws.s3'], detail: { bucket: { name: ['uploads'] } } },
          queue,
          ...(queue.endsWith('.fifo') ? { messageGroupId: 'uploads' } : {}),
        },
      ],
    },
    queue,
  );

let stack: Stack;
afterEach(() => stack.close());

describe('news of an upload', () => {
  it.each([
    ['from S3 directly', base({ notifications: [{ queue: 'uploads', events: EVENTS }] }), 'uploads'],
    ['through SNS, in its envelope', viaTopic(false), 'uploads'],
    ['through SNS, raw', viaTopic(true), 'uploads'],
    ['through EventBridge', viaRule('uploads'), 'uploads'],
    ['through EventBridge on a FIFO queue', viaRule('uploads.fifo'), 'uploads.fifo'],
  ])('%s: whatever the key', async (_name, resources, queue) => {
    stack = await startStack({ resources });
    await stack.startWorker({}, queue);
    const stateOf = async (key: string) => (await stack.manifest(key))?.state;
    for (const [i, key] of KEYS.entries()) await stack.put(key, await distinctJpeg(i, 40, 30));
    for (const key of KEYS) await eventually(async () => (await stateOf(key)) === 'ready');
    for (const key of KEYS) await stack.remove(key);
    for (const key of KEYS) await eventually(async () => (await stateOf(key)) === 'gone');
    await stack.settled(queue);
    expect(await stack.backlog(queue.replace('uploads', 'uploads-dlq'))).toBe(0);
  });

  it('to a Lambda function, from a queue or a topic', async () => {
    stack = await startStack();
    Object.assign(process.env, { ...settingsOf(stack.endpoint), LOG_LEVEL: 'silent' });
    const { uploads, uploadsFifo, uploadsTopic, deferred } = await import('../src/lambda.ts');
    const queueUrl = (name: string) => `${stack.endpoint}/000000000000/${name}`;
    const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
    const news = (key: string) => ({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: new Date().toISOString(),
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: 'uploads' }, object: { key } },
        },
      ],
    });
    const fromQueue = (...bodies: unknown[]): SQSEvent => ({
      Records: bodies.map((body, i) => ({
        messageId: String(i),
        receiptHandle: '',
        body: JSON.stringify(body),
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(Date.now()),
          SenderId: '',
          ApproximateFirstReceiveTimestamp: '',
          MessageGroupId: 'uploads',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: '',
        awsRegion: '',
      })),
    });
    for (const key of ['queue.jpg', 'fifo.jpg', 'topic.jpg'])
      await stack.put(key, await distinctJpeg(1, 40, 30));
    const answer = await uploads(fromQueue(news('queue.jpg'), { what: 'no event' }), context);
    // What no retry will help is not given back, but goes where people look, with its reason.
    expect(answer).toEqual({ batchItemFailures: [] });
    const { letters } = await createSqsDeadLetters(stack.sqs, queueUrl('uploads')).peek(10);
    expect(letters).toMatchObject([
      { body: '{"what":"no event"}', reason: expect.stringContaining('neither an S3 event') as string },
    ]);
    expect(await deferred(fromQueue('nothing to do'), context)).toEqual({ batchItemFailures: [] });
    expect(await stack.backlog('deferred-dlq')).toBe(1);
    expect(await uploadsFifo(fromQueue(news('fifo.jpg')), context)).toEqual({ batchItemFailures: [] });
    const fromTopic = {
      Records: [
        {
          Sns: {
            MessageId: '1',
            Message: JSON.stringify(news('topic.jpg')),
            Timestamp: new Date().toISOString(),
          },
        },
      ],
    } as SNSEvent;
    await uploadsTopic(fromTopic, context);
    for (const key of ['queue.jpg', 'fifo.jpg', 'topic.jpg'])
      expect((await stack.manifest(key))?.state).toBe('ready');
    await stack.remove('queue.jpg');
    const tend = { tend: { bucket: 'uploads', key: 'queue.jpg' } };
    expect(await deferred(fromQueue(tend), context)).toEqual({ batchItemFailures: [] });
    expect((await stack.manifest('queue.jpg'))?.state).toBe('gone');
  });
});

it('names that are left out are not looked at', async () => {
  stack = await startStack({
    settings: { UPLOADS_INCLUDE: '*.jpg,photos/*', UPLOADS_EXCLUDE: 'photos/raw/*' },
  });
  await stack.startWorker();
  const keys = ['a.JPG', 'photos/b', 'photos/raw/c.jpg', 'd.png'];
  for (const [i, key] of keys.entries()) await stack.put(key, await distinctJpeg(i, 40, 30));
  await stack.settled();
  const states = await Promise.all(keys.map(async (key) => (await stack.manifest(key))?.state));
  expect(states).toEqual(['ready', 'ready', undefined, undefined]);
});
