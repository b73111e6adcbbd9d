import { createQueueLambda, createTopicLambda } from '@groundwork/messaging/lambda';
import { createLogger, createRegistry, loadConfig } from '@groundwork/service';
import { compose } from './compose.ts';
import { WorkerConfig } from './config.ts';

/**
 * The same worker as Lambda functions. Give the event source ReportBatchItemFailures
 * and a batch of one image per vCPU; permanent failures go to the queue's dead letters
 * after `maxReceiveCount`. Subscribed to a topic directly, a retry does not repeat the
 * announcement of what an attempt before it had done.
 */
const config = loadConfig(WorkerConfig, process);
const logger = createLogger({ service: 'thumbnailer', level: config.LOG_LEVEL });
const parts = await compose(config, createRegistry('thumbnailer'));

/** Events of the uploads bucket, from SQS: from S3 directly, through SNS or through EventBridge. */
export const uploads = createQueueLambda(parts.uploadHandler, { logger });
/** The same from a FIFO queue, which EventBridge feeds. */
export const uploadsFifo = createQueueLambda(parts.uploadHandler, { logger, fifo: true });
/** The same from SNS, asynchronously. */
export const uploadsTopic = createTopicLambda(parts.uploadHandler, { logger });
/** The deferred queue. */
export const deferred = createQueueLambda(parts.deferredHandler, { logger });
