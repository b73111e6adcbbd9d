import { GetBucketNotificationConfigurationCommand, type Event } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, refusal } from './helpers.ts';
import { Queue } from './queues.ts';
import { newBucket, type Bucket } from './s3.ts';
import { configure, keyFilter, notify, takeRecords } from './s3-events.ts';
import { newFifoTopic } from './topics.ts';

const created: Event[] = ['s3:ObjectCreated:*'];

function configuration(aws: Aws, bucket: Bucket) {
  return aws.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket.name }));
}

export const describeNotificationConfiguration: Suite = ({ test }) => {
  describe('S3 notification configuration', () => {
    test('a configuration is kept and given back', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      expect((await configuration(aws, bucket)).QueueConfigurations ?? []).toEqual([]);
      const events: Event[] = ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'];
      await notify(aws, bucket, queue, events, { Id: 'thumbnails', ...keyFilter('in/', '.jpg') });
      const [kept, ...others] = (await configuration(aws, bucket)).QueueConfigurations ?? [];
      expect(others).toEqual([]);
      expect(kept).toMatchObject({ Id: 'thumbnails', QueueArn: queue.arn });
      expect(kept?.Events?.toSorted()).toEqual(events.toSorted());
      const rules = kept?.Filter?.Key?.FilterRules?.map((rule) => [rule.Name?.toLowerCase(), rule.Value]);
      expect(rules?.toSorted()).toEqual([
        ['prefix', 'in/'],
        ['suffix', '.jpg'],
      ]);
    });

    test('a configuration without an Id is given one', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, created);
      const [kept] = (await configuration(aws, bucket)).QueueConfigurations ?? [];
      expect(kept?.Id).toBeTruthy();
    });

    test('a queue that does not exist is refused', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      const QueueArn = `${queue.arn}-nowhere`;
      const refused = await refusal(notify(aws, bucket, queue, created, { QueueArn }));
      expect(refused).toMatchObject({ code: 'InvalidArgument', status: 400 });
      expect((await configuration(aws, bucket)).QueueConfigurations ?? []).toEqual([]);
    });

    test('a FIFO queue is refused', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.createFifo(aws)];
      const refused = await refusal(notify(aws, bucket, queue, created));
      expect(refused).toMatchObject({ code: 'InvalidArgument', status: 400 });
    });

    test('an event that does not exist is refused', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      const events: Event[] = [];
      // The SDK knows no such event.
      Reflect.set(events, 0, 's3:ObjectEaten:*');
      const refused = await refusal(notify(aws, bucket, queue, events));
      expect(refused).toMatchObject({ code: 'InvalidArgument', status: 400 });
    });

    test('two configurations for the same event and key are refused', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      const both = [
        { Id: 'a', QueueArn: queue.arn, Events: created, ...keyFilter('in/') },
        { Id: 'b', QueueArn: queue.arn, Events: created, ...keyFilter('in/red/') },
      ];
      const refused = await refusal(configure(aws, bucket, { QueueConfigurations: both }));
      expect(refused).toMatchObject({ code: 'InvalidArgument', status: 400 });
    });

    test('a new destination gets a test event, which has no records', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, created);
      const event: unknown = JSON.parse(defined((await queue.next()).Body));
      expect(event).toMatchObject({
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Bucket: bucket.name,
      });
      expect(event).not.toHaveProperty('Records');
    });

    test('an empty configuration ends notifications', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, created);
      await configure(aws, bucket, {});
      expect((await configuration(aws, bucket)).QueueConfigurations ?? []).toEqual([]);
      await bucket.put('unseen', 'x');
      await notify(aws, bucket, queue, created);
      await bucket.put('seen', 'x');
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object.key).toBe('seen');
    });

    test('a FIFO topic is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const TopicArn = await newFifoTopic(aws);
      const TopicConfigurations = [{ TopicArn, Events: created }];
      const refused = await refusal(configure(aws, bucket, { TopicConfigurations }));
      expect(refused).toMatchObject({ code: 'InvalidArgument', status: 400 });
    });
  });
};
