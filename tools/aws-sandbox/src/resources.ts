import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
  type Event as S3EventName,
  type NotificationConfiguration,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import { z } from 'zod';
import { applyDistribution, DevelopmentDistribution } from './resources/distributions.ts';
import { applyElasticIp, applyVpc, DevelopmentVpc, ElasticIp } from './resources/network.ts';
import { applyWebAcl, WebAcl } from './resources/web-acls.ts';

/** What an account holds before any service starts; in AWS, infra creates it. */
export const Resources = z.strictObject({
  queues: z
    .array(
      z.strictObject({
        name: z.string(),
        visibilitySeconds: z.int().min(0).max(43_200).default(30),
        deadLetters: z
          .strictObject({ queue: z.string(), maxReceiveCount: z.int().min(1).max(1000) })
          .optional(),
        contentBasedDeduplication: z.boolean().default(false),
      }),
    )
    .default([]),
  topics: z
    .array(
      z.strictObject({
        name: z.string(),
        subscriptions: z
          .array(z.strictObject({ queue: z.string(), raw: z.boolean().default(false) }))
          .default([]),
      }),
    )
    .default([]),
  buckets: z
    .array(
      z.strictObject({
        name: z.string(),
        versioning: z.boolean().default(false),
        eventBridge: z.boolean().default(false),
        notifications: z
          .array(
            z.strictObject({
              queue: z.string().optional(),
              topic: z.string().optional(),
              events: z.array(z.string()),
              prefix: z.string().default(''),
              suffix: z.string().default(''),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  rules: z
    .array(
      z.strictObject({
        name: z.string(),
        pattern: z.record(z.string(), z.unknown()),
        queue: z.string(),
        messageGroupId: z.string().optional(),
      }),
    )
    .default([]),
  vpcs: z.array(DevelopmentVpc).default([]),
  elasticIps: z.array(ElasticIp).default([]),
  webAcls: z.array(WebAcl).default([]),
  distributions: z.array(DevelopmentDistribution).default([]),
});
export type Resources = z.infer<typeof Resources>;

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const topicArn = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;

/** Creates what is missing and leaves what is there, through the same wire as everybody else. */
export async function applyResources(endpoint: string, resources: Resources): Promise<void> {
  const settings = {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    forcePathStyle: true,
    useQueueUrlAsEndpoint: false,
    // Never those of whoever runs this; the sandbox takes any.
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  };
  const sqs = new SQSClient(settings);
  const sns = new SNSClient(settings);
  const s3 = new S3Client(settings);
  const events = new EventBridgeClient(settings);
  const waf = new WAFV2Client(settings);
  try {
    for (const queue of resources.queues) await applyQueue(sqs, queue);
    for (const topic of resources.topics) await applyTopic(sns, topic);
    for (const bucket of resources.buckets) await applyBucket(s3, bucket);
    for (const rule of resources.rules) await applyRule(events, rule);
    for (const vpc of resources.vpcs) await applyVpc(endpoint, vpc);
    for (const address of resources.elasticIps) await applyElasticIp(endpoint, address);
    for (const webAcl of resources.webAcls) await applyWebAcl(waf, webAcl);
    for (const one of resources.distributions) await applyDistribution(endpoint, one);
  } finally {
    for (const client of [sqs, sns, s3, events, waf]) client.destroy();
  }
}

async function applyQueue(sqs: SQSClient, queue: Resources['queues'][number]): Promise<void> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: queue.name,
      Attributes: queue.name.endsWith('.fifo') ? { FifoQueue: 'true' } : {},
    }),
  );
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: {
        VisibilityTimeout: String(queue.visibilitySeconds),
        ...(queue.contentBasedDeduplication ? { ContentBasedDeduplication: 'true' } : {}),
        ...(queue.deadLetters === undefined
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: queueArn(queue.deadLetters.queue),
                maxReceiveCount: queue.deadLetters.maxReceiveCount,
              }),
            }),
      },
    }),
  );
}

async function applyTopic(sns: SNSClient, topic: Resources['topics'][number]): Promise<void> {
  const { TopicArn } = await sns.send(
    new CreateTopicCommand({
      Name: topic.name,
      Attributes: topic.name.endsWith('.fifo') ? { FifoTopic: 'true' } : {},
    }),
  );
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  for (const { queue, raw } of topic.subscriptions) {
    if (Subscriptions.some((subscription) => subscription.Endpoint === queueArn(queue))) continue;
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queueArn(queue),
        Attributes: { RawMessageDelivery: String(raw) },
      }),
    );
  }
}

async function applyBucket(s3: S3Client, bucket: Resources['buckets'][number]): Promise<void> {
  const Bucket = bucket.name;
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
  }
  if (bucket.versioning) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const wanted = notificationConfiguration(bucket);
  const { $metadata: _, ...present } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  // Putting it again would send another s3:TestEvent at every start.
  if (JSON.stringify(sorted(present)) === JSON.stringify(sorted(wanted))) return;
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: wanted }));
}

function notificationConfiguration(bucket: Resources['buckets'][number]): NotificationConfiguration {
  const rules = bucket.notifications.map((rule, i) => ({
    rule,
    common: {
      Id: `notification-${i}`,
      Events: rule.events as S3EventName[],
      ...(rule.prefix === '' && rule.suffix === ''
        ? {}
        : { Filter: { Key: { FilterRules: filterRules(rule) } } }),
    },
  }));
  const queues = rules.flatMap(({ rule, common }) =>
    rule.queue === undefined ? [] : [{ ...common, QueueArn: queueArn(rule.queue) }],
  );
  const topics = rules.flatMap(({ rule, common }) =>
    rule.topic === undefined ? [] : [{ ...common, TopicArn: topicArn(rule.topic) }],
  );
  return {
    ...(queues.length === 0 ? {} : { QueueConfigurations: queues }),
    ...(topics.length === 0 ? {} : { TopicConfigurations: topics }),
    ...(bucket.eventBridge ? { EventBridgeConfiguration: {} } : {}),
  };
}

function filterRules(rule: { prefix: string; suffix: string }) {
  return [
    ...(rule.prefix === '' ? [] : [{ Name: 'prefix' as const, Value: rule.prefix }]),
    ...(rule.suffix === '' ? [] : [{ Name: 'suffix' as const, Value: rule.suffix }]),
  ];
}

async function applyRule(events: EventBridgeClient, rule: Resources['rules'][number]): Promise<void> {
  await events.send(new PutRuleCommand({ Name: rule.name, EventPattern: JSON.stringify(rule.pattern) }));
  const result = await events.send(
    new PutTargetsCommand({
      Rule: rule.name,
      Targets: [
        {
          Id: 'queue',
          Arn: queueArn(rule.queue),
          ...(rule.messageGroupId === undefined
            ? {}
            : { SqsParameters: { MessageGroupId: rule.messageGroupId } }),
        },
      ],
    }),
  );
  const [failed] = result.FailedEntries ?? [];
  if (failed !== undefined) throw new Error(`Rule ${rule.name}: ${failed.ErrorMessage}`);
}

/** The same object with its members in alphabetical order, all the way down. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
