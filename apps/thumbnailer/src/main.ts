import { availableParallelism } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from '@groundwork/messaging';
import {
  awsSettingsOf,
  createAuthenticate,
  createAwsClient,
  createHttpServer,
  createLifecycle,
  createLogger,
  createRegistry,
  loadConfig,
} from '@groundwork/service';
import { Counter } from 'prom-client';
import { loadPresets } from './adapters/load-presets.ts';
import { createS3Sources } from './adapters/s3-sources.ts';
import { createS3Thumbnails } from './adapters/s3-thumbnails.ts';
import { createSharpRenderer } from './adapters/sharp-renderer.ts';
import { Config } from './config.ts';
import { converge } from './domain/converge.ts';
import { createThumbnailerApp } from './http/app.ts';
import { createUploadHandler } from './queue/uploads.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'thumbnailer', level: config.LOG_LEVEL });
const registry = createRegistry('thumbnailer');
const aws = awsSettingsOf(config);
const s3 = createAwsClient(S3Client, aws);
const sqs = createAwsClient(SQSClient, aws);

const sources = createS3Sources(s3);
const thumbnails = createS3Thumbnails(s3, config.THUMBNAILS_BUCKET);
const renderer = createSharpRenderer({ maxPixels: config.MAX_SOURCE_PIXELS });
const presets = await loadPresets(config, s3).catch((error: unknown) => {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
const recipe = { presets, encoder: renderer.encoder };

const consumer = new Consumer({
  sqs,
  queueUrl: config.UPLOADS_QUEUE_URL,
  pollSeconds: config.QUEUE_POLL_SECONDS,
  concurrency: config.WORKER_CONCURRENCY ?? availableParallelism(),
  logger,
  registry,
  handler: createUploadHandler({
    uploadsBucket: config.UPLOADS_BUCKET,
    thumbnailsBucket: config.THUMBNAILS_BUCKET,
    outcomes: new Counter({
      name: 'thumbnailer_objects_total',
      help: 'Events by what came of them',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    converge: (ref, signal) =>
      converge(
        {
          sources,
          thumbnails,
          renderer,
          recipe,
          maxSourceBytes: config.MAX_SOURCE_BYTES,
          now: () => new Date(),
        },
        ref,
        signal,
      ),
  }),
});

const app = createThumbnailerApp({
  logger,
  registry,
  authenticate: createAuthenticate(config),
  trustedProxyHops: config.TRUSTED_PROXY_HOPS,
  readiness: { queue: () => consumer.check() },
  sources,
  thumbnails,
  uploadsBucket: config.UPLOADS_BUCKET,
  presets: recipe.presets,
  maxAgeSeconds: config.IMAGES_MAX_AGE_SECONDS,
});
const http = createHttpServer(app, { host: config.HOST, port: config.PORT, logger });

const lifecycle = createLifecycle({
  components: [consumer, http],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
