import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, md5 } from './helpers.ts';
import { Queue } from './queues.ts';
import { newBucket, newVersionedBucket } from './s3.ts';
import { notify, takeRecords } from './s3-events.ts';
import { Upload } from './s3-upload.ts';

/** Sequencers are compared as the S3 user guide says: padded to one length, then as text. */
function comesAfter(later: string, earlier: string): boolean {
  const length = Math.max(later.length, earlier.length);
  const normal = (text: string) => text.toUpperCase().padEnd(length, '0');
  return normal(later) > normal(earlier);
}

export const describeNotifications: Suite = ({ test }) => {
  describe('S3 notifications', () => {
    test('a PUT is told to the queue', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*'], { Id: 'thumbnails' });
      await bucket.put('flower.jpg', 'petals');
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'thumbnails',
          bucket: { name: bucket.name, arn: `arn:aws:s3:::${bucket.name}` },
          object: { key: 'flower.jpg', size: 6, eTag: md5('petals') },
        },
      });
      expect(record?.eventVersion).toMatch(/^2\.\d+$/);
      expect(record?.eventTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    test('a key is form-encoded in an event', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*']);
      await bucket.put('red flower+é%.jpg', 'petals');
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object.key).toBe('red+flower%2B%C3%A9%25.jpg');
    });

    test('slashes of a key are not encoded in an event', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*']);
      await bucket.put('in/red/flower.jpg', 'petals');
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object.key).toBe('in/red/flower.jpg');
    });

    test('sequencers order the events of a key', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']);
      const sequencers: string[] = [];
      for (const step of ['first', 'second', 'third', 'delete']) {
        await (step === 'delete' ? bucket.delete('key') : bucket.put('key', step));
        const [record] = await takeRecords(queue, 1);
        sequencers.push(defined(record?.s3.object.sequencer, 'sequencer'));
      }
      let earlier = '';
      for (const sequencer of sequencers) {
        expect(sequencer).toMatch(/^[\dA-Fa-f]+$/);
        expect(comesAfter(sequencer, earlier)).toBe(true);
        earlier = sequencer;
      }
    });

    test('an event names the version in a versioned bucket', async (aws) => {
      const [bucket, queue] = [await newVersionedBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*']);
      const { VersionId } = await bucket.put('key', 'x');
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object.versionId).toBe(VersionId);
    });

    test('an event names no version in a bucket without versioning', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*']);
      await bucket.put('key', 'x');
      const [record] = await takeRecords(queue, 1);
      expect(record?.s3.object).not.toHaveProperty('versionId');
    });

    test('a copy is told as ObjectCreated:Copy', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await bucket.put('key', 'petals');
      await notify(aws, bucket, queue, ['s3:ObjectCreated:Copy', 's3:ObjectCreated:Put']);
      const CopySource = bucket.source('key');
      await aws.s3.send(new CopyObjectCommand({ Bucket: bucket.name, Key: 'copy', CopySource }));
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventName: 'ObjectCreated:Copy',
        s3: { object: { key: 'copy', size: 6, eTag: md5('petals') } },
      });
    });

    test('a multipart upload is told once, when it is complete', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await notify(aws, bucket, queue, ['s3:ObjectCreated:*']);
      const upload = await Upload.start(aws, bucket, 'big');
      await upload.part(1, Buffer.from('petals'));
      const { ETag } = await upload.complete();
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventName: 'ObjectCreated:CompleteMultipartUpload',
        s3: { object: { key: 'big', size: 6, eTag: defined(ETag).replaceAll('"', '') } },
      });
    });

    test('a delete is told as ObjectRemoved:Delete', async (aws) => {
      const [bucket, queue] = [await newBucket(aws), await Queue.create(aws)];
      await bucket.put('key', 'x');
      await notify(aws, bucket, queue, ['s3:ObjectRemoved:*']);
      await bucket.delete('key');
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventName: 'ObjectRemoved:Delete',
        s3: { object: { key: 'key' } },
      });
    });

    test('a new delete marker is told as such, with its version', async (aws) => {
      const [bucket, queue] = [await newVersionedBucket(aws), await Queue.create(aws)];
      await bucket.put('key', 'x');
      await notify(aws, bucket, queue, ['s3:ObjectRemoved:*']);
      const { VersionId } = await bucket.delete('key');
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventName: 'ObjectRemoved:DeleteMarkerCreated',
        s3: { object: { key: 'key', versionId: VersionId } },
      });
    });

    test('the delete of a version is told as ObjectRemoved:Delete, with that version', async (aws) => {
      const [bucket, queue] = [await newVersionedBucket(aws), await Queue.create(aws)];
      const VersionId = defined((await bucket.put('key', 'x')).VersionId);
      await notify(aws, bucket, queue, ['s3:ObjectRemoved:*']);
      await bucket.delete('key', { VersionId });
      const [record] = await takeRecords(queue, 1);
      expect(record).toMatchObject({
        eventName: 'ObjectRemoved:Delete',
        s3: { object: { key: 'key', versionId: VersionId } },
      });
    });
  });
};
