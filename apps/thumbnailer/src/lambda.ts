import { deadLetterQueueOf } from '@groundwork/messaging';
import { createQueueLambda, createTopicLambda } from '@groundwork/messaging/lambda';
import { createLogger, createRegistry, loadConfig } from '@groundwork/service';
import { createBucketCheck } from './adapters/s3-buckets.ts';
import { compose } from './compose.ts';
import { WorkerConfig } from './config.ts';

/**
 * The same worker as Lambda functions. Give the event source ReportBatchItemFailures
 * and a batch of one image per vCPU. Permanent failures go to the queue's dead letters
 * at once, for which the function's role needs sqs:GetQueueAttributes on the queue, and
 * sqs:GetQueueUrl and sqs:SendMessage on its dead-letter queue. Subscribed to a topic
 * directly, a retry does not repeat the announcement of what an attempt before it had done.
 */
const config = loadConfig(WorkerConfig, process);
const logger = createLogger({ service: 'thumbnailer', level: config.LOG_LEVEL });
const parts = await compose(config, createRegistry('thumbnailer'));

// As in main.ts: in a bucket that is missing every upload looks deleted.
await Promise.all(
  [config.UPLOADS_BUCKET, config.THUMBNAILS_BUCKET].map((bucket) => createBucketCheck(parts.s3, bucket)()),
);

/** Once per start of a function; a queue without dead letters has permanent failures retried like others. */
async function optionsFor(queueUrl: string) {
  const deadLetters = await deadLetterQueueOf(parts.sqs, queueUrl);
  return {
    logger,
    ...(deadLetters === undefined ? {} : { deadLetters: { sqs: parts.sqs, queueUrl: deadLetters } }),
  };
}
const ofUploads = await optionsFor(config.UPLOADS_QUEUE_URL);
const ofDeferred = await optionsFor(config.DEFERRED_QUEUE_URL);

/** Events of the uploads bucket, from SQS: from S3 directly, through SNS or through EventBridge. */
export const uploads = createQueueLambda(parts.uploadHandler, ofUploads);
/** The same from a FIFO queue, which EventBridge feeds. */
export const uploadsFifo = createQueueLambda(parts.uploadHandler, { ...ofUploads, fifo: true });
/** The same from SNS, asynchronously. */
export const uploadsTopic = createTopicLambda(parts.uploadHandler, { logger });
/** The deferred queue. */
export const deferred = createQueueLambda(parts.deferredHandler, ofDeferred);
