import {
  CreateTopicCommand,
  PublishCommand,
  SubscribeCommand,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import { z } from 'zod';
import type { Aws } from './contract.ts';
import { defined, uniqueName } from './helpers.ts';
import type { Queue } from './queues.ts';

// S3 publishes only to a topic whose policy lets it.
const openToS3 = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: '*',
    },
  ],
});

export async function newTopic(aws: Aws): Promise<string> {
  const { TopicArn } = await aws.sns.send(
    new CreateTopicCommand({ Name: uniqueName('contract'), Attributes: { Policy: openToS3 } }),
  );
  return defined(TopicArn);
}

export async function newFifoTopic(aws: Aws, attributes: Record<string, string> = {}): Promise<string> {
  const { TopicArn } = await aws.sns.send(
    new CreateTopicCommand({
      Name: `${uniqueName('contract')}.fifo`,
      Attributes: { FifoTopic: 'true', ...attributes },
    }),
  );
  return defined(TopicArn);
}

export async function subscribe(
  aws: Aws,
  TopicArn: string,
  queue: Queue,
  Attributes: Record<string, string> = {},
): Promise<string> {
  const { SubscriptionArn } = await aws.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: queue.arn,
      Attributes,
      ReturnSubscriptionArn: true,
    }),
  );
  return defined(SubscriptionArn);
}

export const rawDelivery = { RawMessageDelivery: 'true' };

export function publish(
  aws: Aws,
  TopicArn: string,
  Message: string,
  options: Partial<PublishCommandInput> = {},
) {
  return aws.sns.send(new PublishCommand({ TopicArn, Message, ...options }));
}

const envelope = z.object({
  Type: z.string(),
  MessageId: z.string(),
  TopicArn: z.string(),
  Subject: z.string().nullish(),
  Message: z.string(),
  Timestamp: z.string(),
  SignatureVersion: z.string(),
  Signature: z.string(),
  SigningCertURL: z.string(),
  UnsubscribeURL: z.string(),
  MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })).optional(),
});

/** What SNS wraps a message in when delivery is not raw. */
export function parseEnvelope(body: string | undefined): z.infer<typeof envelope> {
  return envelope.parse(JSON.parse(body ?? ''));
}
