import { availableParallelism } from 'node:os';
import { Consumer } from '@groundwork/messaging';
import {
  awsSettingsOf,
  createAuthenticate,
  createAwsClient,
  createTaskProtection,
  runService,
} from '@groundwork/service';
import { createBucketCheck } from './adapters/s3-buckets.ts';
import { createS3UploadLinks, SigningS3Client } from './adapters/s3-upload-links.ts';
import { createSqsDeadLetters } from './adapters/sqs-dead-letters.ts';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { createThumbnailerApp } from './http/app.ts';

await runService('thumbnailer', Config, process, async ({ config, logger, registry }) => {
  const parts = await compose(config, registry);
  const workers = config.WORKER_CONCURRENCY ?? availableParallelism();
  const protection = createTaskProtection(config.ECS_AGENT_URI, logger);
  const consumerOf = (queueUrl: string, handler: typeof parts.uploadHandler, concurrency: number) =>
    new Consumer({
      sqs: parts.sqs,
      queueUrl,
      handler: (message, context) => protection.during(() => handler(message, context)),
      concurrency,
      pollSeconds: config.QUEUE_POLL_SECONDS,
      logger,
      registry,
    });
  const consumers =
    workers === 0
      ? undefined
      : {
          queue: consumerOf(config.UPLOADS_QUEUE_URL, parts.uploadHandler, workers),
          deferred: consumerOf(config.DEFERRED_QUEUE_URL, parts.deferredHandler, Math.ceil(workers / 2)),
        };

  const checkUploads = createBucketCheck(parts.s3, config.UPLOADS_BUCKET);
  const checkThumbnails = createBucketCheck(parts.s3, config.THUMBNAILS_BUCKET);
  /** Before the consumers: in a bucket that is missing every upload looks deleted. */
  const buckets = {
    name: 'buckets',
    start: async () => {
      await Promise.all([checkUploads(), checkThumbnails()]);
    },
  };

  const listener = createThumbnailerApp({
    ...parts,
    logger,
    registry,
    authenticate: createAuthenticate(config),
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
    readiness: {
      ...(consumers && { queue: () => consumers.queue.check(), deferred: () => consumers.deferred.check() }),
      'uploads-bucket': checkUploads,
      'thumbnails-bucket': checkThumbnails,
    },
    access: { mode: config.IMAGES_ACCESS, signingKeys: config.IMAGES_SIGNING_KEYS },
    uploadLinks: createS3UploadLinks(
      createAwsClient(SigningS3Client, {
        ...awsSettingsOf(config),
        endpoint: config.AWS_PUBLIC_ENDPOINT_URL ?? config.AWS_ENDPOINT_URL,
      }),
      config.UPLOADS_BUCKET,
      parts.now,
    ),
    deadLetters: {
      uploads: createSqsDeadLetters(parts.sqs, config.UPLOADS_QUEUE_URL),
      deferred: createSqsDeadLetters(parts.sqs, config.DEFERRED_QUEUE_URL),
    },
    maxAgeSeconds: config.IMAGES_MAX_AGE_SECONDS,
  });
  return { components: [buckets, parts.publishers, protection, ...Object.values(consumers ?? {})], listener };
});
