import { describe, expect } from 'vitest';
import { parseEvent, wire } from './buses.ts';
import type { Suite } from './contract.ts';
import { defined, md5 } from './helpers.ts';
import type { Queue } from './queues.ts';
import { newBucket, newVersionedBucket } from './s3.ts';

const takeEvents = (queue: Queue, count: number) => queue.take(count, (message) => parseEvent(message.Body));

export const describeEventBridge: Suite = ({ test }) => {
  describe('S3 events on EventBridge', () => {
    test('a PUT reaches a FIFO queue through a rule, in the group of the target', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Created']);
      await bucket.put('flower.jpg', 'petals');
      const message = await queue.next({ MessageSystemAttributeNames: ['All'] });
      expect(message.Attributes?.MessageGroupId).toBe('thumbnails');
      const event = parseEvent(message.Body);
      expect(event).toMatchObject({
        'detail-type': 'Object Created',
        source: 'aws.s3',
        region: 'us-east-1',
        resources: [`arn:aws:s3:::${bucket.name}`],
        detail: { bucket: { name: bucket.name }, object: { key: 'flower.jpg', size: 6 } },
      });
    });

    test('the detail of a PUT tells its ETag and reason', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Created']);
      await bucket.put('flower.jpg', 'petals');
      const [event] = await takeEvents(queue, 1);
      expect(event?.detail).toMatchObject({ object: { etag: md5('petals') }, reason: 'PutObject' });
    });

    test('a key is not encoded on EventBridge', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Created']);
      await bucket.put('in/red flower+é.jpg', 'petals');
      const [event] = await takeEvents(queue, 1);
      expect(event?.detail.object.key).toBe('in/red flower+é.jpg');
    });

    test('the detail names the version in a versioned bucket only', async (aws) => {
      const [plain, versioned] = [await newBucket(aws), await newVersionedBucket(aws)];
      const versionless = await wire(aws, plain, ['Object Created']);
      await plain.put('key', 'x');
      const queue = await wire(aws, versioned, ['Object Created']);
      const { VersionId } = await versioned.put('key', 'x');
      const [event] = await takeEvents(queue, 1);
      expect(event?.detail.object['version-id']).toBe(VersionId);
      const [other] = await takeEvents(versionless, 1);
      expect(other?.detail.object).not.toHaveProperty('version-id');
    });

    test('the detail has a sequencer that differs from event to event', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Created']);
      await bucket.put('key', 'x');
      await bucket.put('key', 'y');
      const events = await takeEvents(queue, 2);
      const sequencers = events.map((event) => defined(event.detail.object.sequencer));
      for (const sequencer of sequencers) expect(sequencer).toMatch(/^[\dA-Fa-f]+$/);
      expect(new Set(sequencers).size).toBe(2);
    });

    test('a delete is Object Deleted, permanently', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Deleted']);
      await bucket.put('key', 'x');
      await bucket.delete('key');
      const [event] = await takeEvents(queue, 1);
      expect(event).toMatchObject({
        'detail-type': 'Object Deleted',
        detail: {
          object: { key: 'key' },
          reason: 'DeleteObject',
          'deletion-type': 'Permanently Deleted',
        },
      });
    });

    test('a new delete marker is Object Deleted, with its version', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const queue = await wire(aws, bucket, ['Object Deleted']);
      await bucket.put('key', 'x');
      const { VersionId } = await bucket.delete('key');
      const [event] = await takeEvents(queue, 1);
      expect(event?.detail).toMatchObject({
        object: { key: 'key', 'version-id': VersionId },
        reason: 'DeleteObject',
        'deletion-type': 'Delete Marker Created',
      });
    });

    test('a rule may select keys by prefix', async (aws) => {
      const bucket = await newBucket(aws);
      const queue = await wire(aws, bucket, ['Object Created'], [{ prefix: 'in/' }, 'exactly.jpg']);
      for (const key of ['out/1', 'in/2', 'not-exactly.jpg', 'exactly.jpg']) {
        await bucket.put(key, key);
      }
      const keys = (await takeEvents(queue, 2)).map((event) => event.detail.object.key);
      expect(keys).toEqual(['in/2', 'exactly.jpg']);
      expect(await queue.bodies()).toEqual([]);
    });
  });
};
