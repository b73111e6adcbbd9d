import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Resources, startSandbox } from '@groundwork/aws-sandbox';
import type { Manifest } from '@groundwork/contracts';
import { Consumer, type MessageHandler } from '@groundwork/messaging';
import {
  allowLocalDevelopment,
  createAwsClient,
  createLogger,
  createRegistry,
  type Authenticate,
} from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { createS3UploadLinks, SigningS3Client } from '../../src/adapters/s3-upload-links.ts';
import { createSqsDeadLetters } from '../../src/adapters/sqs-dead-letters.ts';
import { compose } from '../../src/compose.ts';
import { WorkerConfig } from '../../src/config.ts';
import type { HandleParts } from '../../src/domain/handle-change.ts';
import type { Access } from '../../src/http/access.ts';
import { createThumbnailerApp } from '../../src/http/app.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createChangeHandler } from '../../src/queue/changes.ts';
import { createTestRenderer } from './renderer.ts';

export const RESOURCES = Resources.parse({
  queues: [
    { name: 'uploads-dlq' },
    { name: 'uploads', visibilitySeconds: 5, deadLetters: { queue: 'uploads-dlq', maxReceiveCount: 5 } },
    { name: 'deferred-dlq' },
    { name: 'deferred', visibilitySeconds: 5, deadLetters: { queue: 'deferred-dlq', maxReceiveCount: 5 } },
    { name: 'events' },
  ],
  topics: [
    { name: 'uploads-events', subscriptions: [{ queue: 'uploads' }] },
    { name: 'thumbnails-events', subscriptions: [{ queue: 'events', raw: true }] },
  ],
  buckets: [
    {
      name: 'uploads',
      notifications: [{ topic: 'uploads-events', events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
    },
    { name: 'thumbnails' },
  ],
});

/** Settings of a process that works on this account. */
export function settingsOf(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_MAX_ATTEMPTS: '3',
    UPLOADS_BUCKET: 'uploads',
    THUMBNAILS_BUCKET: 'thumbnails',
    UPLOADS_QUEUE_URL: `${endpoint}/000000000000/uploads`,
    DEFERRED_QUEUE_URL: `${endpoint}/000000000000/deferred`,
    EVENTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:thumbnails-events',
    MAX_SOURCE_BYTES: '20000000',
    MAX_SOURCE_PIXELS: '40000000',
    COLLECT_GRACE_SECONDS: '0',
  };
}

export const SIGNING_KEY = 'k'.repeat(32);

/** A sandbox account with the service's real parts around it. */
export async function startStack(
  options: {
    settings?: Record<string, string>;
    access?: Access['mode'];
    authenticate?: Authenticate;
    versioning?: boolean;
    resources?: Resources;
  } = {},
) {
  process.env['AWS_ACCESS_KEY_ID'] = 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'sandbox';
  const stateDir = mkdtempSync(join(tmpdir(), 'thumbnailer-'));
  const given = options.resources ?? RESOURCES;
  const resources = Resources.parse({
    ...given,
    buckets: given.buckets.map((bucket) =>
      bucket.name === 'uploads' ? { ...bucket, versioning: options.versioning ?? false } : bucket,
    ),
  });
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const registry = createRegistry('test');
  const composed = await compose(
    WorkerConfig.parse({ ...settingsOf(sandbox.endpoint), ...options.settings }),
    registry,
  );
  const { s3, sqs } = composed;
  const signing = createAwsClient(SigningS3Client, {
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
  });
  const parts: HandleParts = { ...composed, renderer: createTestRenderer() };
  const workers: Consumer[] = [];
  const startConsumer = async (queue: string, handler: MessageHandler): Promise<Consumer> => {
    const worker = new Consumer({
      sqs,
      queueUrl: `${sandbox.endpoint}/000000000000/${queue}`,
      concurrency: 4,
      pollSeconds: 1,
      logger,
      registry: createRegistry('test'),
      backoff: { baseSeconds: 1, capSeconds: 1 },
      handler,
    });
    await worker.start();
    workers.push(worker);
    return worker;
  };

  const stack = {
    ...sandbox,
    ...composed,
    parts,
    registry,
    app: createThumbnailerApp({
      ...composed,
      logger,
      registry,
      authenticate: options.authenticate ?? allowLocalDevelopment(),
      trustedProxyHops: 0,
      readiness: {},
      access: { mode: options.access ?? 'public', signingKeys: [SIGNING_KEY, `${SIGNING_KEY}-old`] },
      uploadLinks: createS3UploadLinks(signing, 'uploads', composed.now),
      deadLetters: {
        uploads: createSqsDeadLetters(sqs, `${sandbox.endpoint}/000000000000/uploads`),
        deferred: createSqsDeadLetters(sqs, `${sandbox.endpoint}/000000000000/deferred`),
      },
      maxAgeSeconds: 2,
    }),
    /** Overrides replace parts of the worker. */
    startWorker: (overrides: Partial<HandleParts> = {}, queue = 'uploads'): Promise<Consumer> =>
      startConsumer(
        queue,
        createChangeHandler({
          ...composed,
          ...parts,
          thumbnailsBucket: 'thumbnails',
          metrics: createMetrics(createRegistry('test')),
          ...overrides,
        }),
      ),
    startDeferredWorker: (): Promise<Consumer> => startConsumer('deferred', composed.deferredHandler),
    put: (key: string, body: Uint8Array, metadata: Record<string, string> = {}) =>
      s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: body, Metadata: metadata })),
    remove: (key: string) => s3.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: key })),
    manifest: async (key: string): Promise<Manifest | undefined> =>
      (await parts.thumbnails.readManifest({ bucket: 'uploads', key }))?.manifest,
    async image(key: string): Promise<Uint8Array> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'thumbnails', Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async thumbnailKeys(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: 'thumbnails', Prefix: prefix });
      for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key));
      return keys;
    },
    /** Messages in the queue: visible, held or delayed. */
    async backlog(queue: string): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: `${sandbox.endpoint}/000000000000/${queue}`,
          AttributeNames: ['All'],
        }),
      );
      return (
        Number(Attributes['ApproximateNumberOfMessages']) +
        Number(Attributes['ApproximateNumberOfMessagesNotVisible']) +
        Number(Attributes['ApproximateNumberOfMessagesDelayed'])
      );
    },
    async send(queue: string, body: unknown): Promise<void> {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: `${sandbox.endpoint}/000000000000/${queue}`,
          MessageBody: JSON.stringify(body),
        }),
      );
    },
    /** Until nothing is left to do. */
    settled: (queue = 'uploads') =>
      eventually(async () => (await stack.backlog(queue)) === 0, {
        withinMs: 20_000,
        what: 'an empty queue',
      }),
    async close() {
      await Promise.all(workers.map((worker) => worker.stop(AbortSignal.timeout(5_000))));
      await composed.publishers.stop();
      s3.destroy();
      signing.destroy();
      sqs.destroy();
      await sandbox.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return stack;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;
