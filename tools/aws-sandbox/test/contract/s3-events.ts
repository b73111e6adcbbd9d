import {
  PutBucketNotificationConfigurationCommand,
  type Event,
  type NotificationConfiguration,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Aws } from './contract.ts';
import type { Queue } from './queues.ts';
import type { Bucket } from './s3.ts';

const s3Record = z.object({
  eventVersion: z.string(),
  eventSource: z.string(),
  awsRegion: z.string(),
  eventTime: z.string(),
  eventName: z.string(),
  s3: z.object({
    s3SchemaVersion: z.string(),
    configurationId: z.string(),
    bucket: z.object({ name: z.string(), arn: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      eTag: z.string().optional(),
      versionId: z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type S3Record = z.infer<typeof s3Record>;

const s3Message = z.object({ Records: z.array(s3Record).length(1).optional() });

/** The record in the body of a message; none in the test event. */
export function recordIn(body: string | undefined): S3Record | undefined {
  return s3Message.parse(JSON.parse(body ?? '')).Records?.[0];
}

export function takeRecords(queue: Queue, count: number): Promise<S3Record[]> {
  return queue.take(count, (message: Message) => recordIn(message.Body));
}

export function configure(aws: Aws, bucket: Bucket, configuration: NotificationConfiguration) {
  return aws.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket.name,
      NotificationConfiguration: configuration,
    }),
  );
}

export function notify(
  aws: Aws,
  bucket: Bucket,
  queue: Queue,
  Events: Event[],
  options: Partial<QueueConfiguration> = {},
) {
  const configuration = { QueueArn: queue.arn, Events, ...options };
  return configure(aws, bucket, { QueueConfigurations: [configuration] });
}

export function keyFilter(prefix?: string, suffix?: string): Partial<QueueConfiguration> {
  const FilterRules = [];
  if (prefix !== undefined) FilterRules.push({ Name: 'prefix' as const, Value: prefix });
  if (suffix !== undefined) FilterRules.push({ Name: 'suffix' as const, Value: suffix });
  return { Filter: { Key: { FilterRules } } };
}
