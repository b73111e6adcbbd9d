import type { Event } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { Queue } from './queues.ts';
import { newBucket } from './s3.ts';
import { configure, keyFilter, notify, recordIn, takeRecords } from './s3-events.ts';
import { newTopic, parseEnvelope, subscribe } from './topics.ts';

const created: Event[] = ['s3:ObjectCreated:*'];

export const describeNotificationRoutes: Suite = ({ test }) => {
  describe('S3 notification filters and topics', () => {
    test('prefix and suffix select the keys that are told', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, created, keyFilter('in-', '.jpg'));
      for (const key of ['out-1.jpg', 'in-2.png', 'x-in-3.jpg', 'in-4.jpg.txt', 'in-5.jpg']) {
        await bucket.put(key, 'x');
      }
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object.key).toBe('in-5.jpg');
      expect(await queue.bodies()).toEqual([]);
    });

    test('only the events that were asked for are told', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectRemoved:Delete']);
      await bucket.put('key', 'x');
      await bucket.delete('key');
      const [record] = await takeRecords(queue, 1);
      expect(record?.eventName).toBe('ObjectRemoved:Delete');
      expect(await queue.bodies()).toEqual([]);
    });

    test('events reach a queue through a topic, in its envelope', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      const TopicArn = await newTopic(aws);
      await subscribe(aws, TopicArn, queue);
      await configure(aws, bucket, { TopicConfigurations: [{ TopicArn, Events: created }] });
      await bucket.put('flower.jpg', 'petals');
      const [told] = await queue.take(1, (message) => {
        const envelope = parseEnvelope(message.Body);
        const record = recordIn(envelope.Message);
        return record === undefined ? undefined : { envelope, record };
      });
      expect(told?.envelope).toMatchObject({ Type: 'Notification', TopicArn });
      expect(told?.record).toMatchObject({
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: bucket.name }, object: { key: 'flower.jpg' } },
      });
    });
  });
};
