import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createQueuePublisher, createTopicPublisher } from '@groundwork/messaging';
import { awsSettingsOf, createAwsClient, type Registry } from '@groundwork/service';
import type { z } from 'zod';
import { createDeferredQueue } from './adapters/deferred-queue.ts';
import { createEventsTopic } from './adapters/events-topic.ts';
import { loadPresets } from './adapters/load-presets.ts';
import { createS3Inventory } from './adapters/s3-inventory.ts';
import { createS3Sources } from './adapters/s3-sources.ts';
import { createS3Sweeps } from './adapters/s3-sweeps.ts';
import { createS3Thumbnails } from './adapters/s3-thumbnails.ts';
import { createAdmission } from './adapters/sharp/admission.ts';
import { createSharpRenderer } from './adapters/sharp/renderer.ts';
import type { WorkerConfig } from './config.ts';
import { createNameFilter, onlyWanted } from './domain/filter.ts';
import { createMetrics } from './metrics.ts';
import { createDeferredHandler } from './queue/deferred.ts';
import { createChangeHandler } from './queue/changes.ts';

/** Everything that a server and a Lambda function have in common. Rejects when the presets cannot be read. */
export async function compose(config: z.output<typeof WorkerConfig>, registry: Registry) {
  const aws = awsSettingsOf(config);
  const s3 = createAwsClient(S3Client, aws);
  const sqs = createAwsClient(SQSClient, aws);
  const sns = config.EVENTS_TOPIC_ARN === undefined ? undefined : createAwsClient(SNSClient, aws);
  const now = () => new Date();
  const presets = await loadPresets(config, aws);
  const metrics = createMetrics(registry);

  const admission = createAdmission(config.MAX_PIXELS_IN_WORK);
  const limits = {
    maxPixels: config.MAX_SOURCE_PIXELS,
    maxFrames: config.MAX_SOURCE_FRAMES,
    maxSeconds: config.MAX_RENDER_SECONDS,
    observe: metrics.encoded,
  };
  const renderer = createSharpRenderer({ ...limits, admit: admission.prompt });
  const unhurried = createSharpRenderer({ ...limits, admit: admission.deferred });

  const isWanted = createNameFilter(config.UPLOADS_INCLUDE, config.UPLOADS_EXCLUDE);
  // What is left out is not there, for everything that looks: thumbnails from before are buried.
  const sources = onlyWanted(createS3Sources(s3), isWanted);
  const thumbnails = createS3Thumbnails(s3, config.THUMBNAILS_BUCKET);
  const sweeps = createS3Sweeps(s3, config.THUMBNAILS_BUCKET);
  const deferredPublisher = createQueuePublisher(sqs, config.DEFERRED_QUEUE_URL);
  const eventsPublisher =
    sns === undefined || config.EVENTS_TOPIC_ARN === undefined
      ? undefined
      : createTopicPublisher(sns, config.EVENTS_TOPIC_ARN);
  const deferred = createDeferredQueue(sqs, deferredPublisher, {
    uploads: config.UPLOADS_QUEUE_URL,
    deferred: config.DEFERRED_QUEUE_URL,
  });
  const shared = {
    sources,
    thumbnails,
    recipe: {
      presets,
      encoder: renderer.encoder,
      limits: [config.MAX_SOURCE_BYTES, limits.maxPixels, limits.maxFrames, limits.maxSeconds],
    },
    maxSourceBytes: config.MAX_SOURCE_BYTES,
    graceMs: config.COLLECT_GRACE_SECONDS * 1000,
    deferred,
    announcer: createEventsTopic(eventsPublisher, now),
    uploadsBucket: config.UPLOADS_BUCKET,
    isWanted,
    now,
  };
  const inventory = createS3Inventory(s3, {
    uploads: config.UPLOADS_BUCKET,
    thumbnails: config.THUMBNAILS_BUCKET,
  });
  return {
    ...shared,
    s3,
    sqs,
    presets,
    inventory,
    sweeps,
    uploadHandler: createChangeHandler({
      ...shared,
      renderer,
      thumbnailsBucket: config.THUMBNAILS_BUCKET,
      metrics,
    }),
    deferredHandler: createDeferredHandler({
      tend: { ...shared, renderer: unhurried },
      sweep: { ...shared, inventory, sweeps, observe: ({ drift }) => metrics.drift(drift) },
      metrics,
    }),
    /** Nothing that was to be sent is left behind. */
    publishers: {
      name: 'publishers',
      stop: async () => {
        await Promise.all([deferredPublisher.stop(), eventsPublisher?.stop()]);
      },
    },
  };
}
