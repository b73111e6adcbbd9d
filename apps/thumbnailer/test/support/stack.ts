import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Resources, startSandbox } from '@groundwork/aws-sandbox';
import { Manifest } from '@groundwork/contracts';
import { Consumer } from '@groundwork/messaging';
import { allowLocalDevelopment, createAwsClient, createLogger, createRegistry } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { Counter } from 'prom-client';
import { createS3Sources } from '../../src/adapters/s3-sources.ts';
import { createS3Thumbnails } from '../../src/adapters/s3-thumbnails.ts';
import { createSharpRenderer } from '../../src/adapters/sharp-renderer.ts';
import { converge, type ConvergeParts } from '../../src/domain/converge.ts';
import { DEFAULT_PRESETS } from '../../src/domain/preset-file.ts';
import { createThumbnailerApp } from '../../src/http/app.ts';
import { createUploadHandler } from '../../src/queue/uploads.ts';

export const RESOURCES = Resources.parse({
  queues: [
    { name: 'uploads-dlq' },
    { name: 'uploads', visibilitySeconds: 5, deadLetters: { queue: 'uploads-dlq', maxReceiveCount: 5 } },
  ],
  topics: [{ name: 'uploads-events', subscriptions: [{ queue: 'uploads' }] }],
  buckets: [
    {
      name: 'uploads',
      notifications: [{ topic: 'uploads-events', events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
    },
    { name: 'thumbnails' },
  ],
});

/** A sandbox account with the service's real adapters around it. */
export async function startStack() {
  process.env['AWS_ACCESS_KEY_ID'] = 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'sandbox';
  const stateDir = mkdtempSync(join(tmpdir(), 'thumbnailer-'));
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources: RESOURCES });
  const settings = { endpoint: sandbox.endpoint, region: 'us-east-1', maxAttempts: 3 };
  const s3 = createAwsClient(S3Client, settings);
  const sqs = createAwsClient(SQSClient, settings);
  const logger = createLogger({ service: 'test', level: 'silent' });
  const renderer = createSharpRenderer({ maxPixels: 40_000_000 });
  const parts: ConvergeParts = {
    sources: createS3Sources(s3),
    thumbnails: createS3Thumbnails(s3, 'thumbnails'),
    renderer,
    recipe: { presets: DEFAULT_PRESETS, encoder: renderer.encoder },
    maxSourceBytes: 20_000_000,
    now: () => new Date(),
  };
  const workers: Consumer[] = [];

  const stack = {
    ...sandbox,
    s3,
    parts,
    app: createThumbnailerApp({
      logger,
      registry: createRegistry('test'),
      authenticate: allowLocalDevelopment(),
      trustedProxyHops: 0,
      readiness: {},
      sources: parts.sources,
      thumbnails: parts.thumbnails,
      uploadsBucket: 'uploads',
      presets: DEFAULT_PRESETS,
      maxAgeSeconds: 2,
    }),
    async startWorker(overrides: Partial<ConvergeParts> = {}): Promise<Consumer> {
      const registry = createRegistry('test');
      const worker = new Consumer({
        sqs,
        queueUrl: `${sandbox.endpoint}/000000000000/uploads`,
        concurrency: 4,
        pollSeconds: 1,
        logger,
        registry,
        backoff: { baseSeconds: 1, capSeconds: 1 },
        handler: createUploadHandler({
          uploadsBucket: 'uploads',
          thumbnailsBucket: 'thumbnails',
          outcomes: new Counter({
            name: 'outcomes',
            help: 'test',
            labelNames: ['outcome'],
            registers: [registry],
          }),
          converge: (ref, signal) => converge({ ...parts, ...overrides }, ref, signal),
        }),
      });
      await worker.start();
      workers.push(worker);
      return worker;
    },
    put: (key: string, body: Uint8Array) =>
      s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: body })),
    remove: (key: string) => s3.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: key })),
    manifest: async (key: string): Promise<Manifest | undefined> =>
      (await parts.thumbnails.readManifest({ bucket: 'uploads', key }))?.manifest,
    async image(key: string): Promise<Uint8Array> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'thumbnails', Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async thumbnailKeys(prefix: string): Promise<string[]> {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: 'thumbnails', Prefix: prefix }),
      );
      return Contents.map((object) => object.Key ?? '');
    },
    /** Messages in the queue, visible or not. */
    async backlog(queue: string): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: `${sandbox.endpoint}/000000000000/${queue}`,
          AttributeNames: ['All'],
        }),
      );
      return (
        Number(Attributes['ApproximateNumberOfMessages']) +
        Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
      );
    },
    /** Until nothing is left to do. */
    settled: () =>
      eventually(async () => (await stack.backlog('uploads')) === 0, {
        withinMs: 20_000,
        what: 'an empty queue',
      }),
    async close() {
      await Promise.all(workers.map((worker) => worker.stop(AbortSignal.timeout(5_000))));
      s3.destroy();
      sqs.destroy();
      await sandbox.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return stack;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;
