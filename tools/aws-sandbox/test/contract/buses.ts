import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { z } from 'zod';
import type { Aws } from './contract.ts';
import { uniqueName } from './helpers.ts';
import { Queue } from './queues.ts';
import type { Bucket } from './s3.ts';
import { configure } from './s3-events.ts';

const bridgeEvent = z.object({
  version: z.string(),
  id: z.string(),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      sequencer: z.string().optional(),
      'version-id': z.string().optional(),
    }),
    reason: z.string().optional(),
    'deletion-type': z.string().optional(),
  }),
});

type Matcher = string | { prefix: string };

/** A FIFO queue that gets what the default bus is told of this bucket. */
export async function wire(
  aws: Aws,
  bucket: Bucket,
  detailTypes: readonly string[],
  key?: Matcher[],
): Promise<Queue> {
  const queue = await Queue.createFifo(aws, { ContentBasedDeduplication: 'true' });
  const Rule = uniqueName('contract');
  const pattern = {
    source: ['aws.s3'],
    'detail-type': detailTypes,
    detail: { bucket: { name: [bucket.name] }, ...(key && { object: { key } }) },
  };
  await aws.events.send(new PutRuleCommand({ Name: Rule, EventPattern: JSON.stringify(pattern) }));
  const target = { Id: 'queue', Arn: queue.arn, SqsParameters: { MessageGroupId: 'thumbnails' } };
  const put = await aws.events.send(new PutTargetsCommand({ Rule, Targets: [target] }));
  if (put.FailedEntryCount) throw new Error(`the target was refused: ${JSON.stringify(put)}`);
  await configure(aws, bucket, { EventBridgeConfiguration: {} });
  return queue;
}

export function parseEvent(body: string | undefined): z.infer<typeof bridgeEvent> {
  return bridgeEvent.parse(JSON.parse(body ?? ''));
}
