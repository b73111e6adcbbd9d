import { CopyObjectCommand, GetBucketVersioningCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, refusal } from './helpers.ts';
import { newBucket, newVersionedBucket } from './s3.ts';

export const describeVersioning: Suite = ({ test }) => {
  describe('S3 versioning', () => {
    test('versioning is off, then enabled, then suspended', async (aws) => {
      const bucket = await newBucket(aws);
      const status = async () =>
        (await aws.s3.send(new GetBucketVersioningCommand({ Bucket: bucket.name }))).Status;
      expect(await status()).toBeUndefined();
      await bucket.setVersioning('Enabled');
      expect(await status()).toBe('Enabled');
      await bucket.setVersioning('Suspended');
      expect(await status()).toBe('Suspended');
    });

    test('a bucket without versioning names no versions', async (aws) => {
      const bucket = await newBucket(aws);
      expect((await bucket.put('key', 'x')).VersionId).toBeUndefined();
      expect((await bucket.get('key')).VersionId).toBeUndefined();
      expect((await bucket.delete('key')).VersionId).toBeUndefined();
    });

    test('every PUT makes a version, each of which can be read', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const first = defined((await bucket.put('key', 'first')).VersionId);
      const second = defined((await bucket.put('key', 'second')).VersionId);
      expect(second).not.toBe(first);
      expect(await bucket.text('key')).toBe('second');
      expect((await bucket.head('key')).VersionId).toBe(second);
      expect(await bucket.text('key', { VersionId: first })).toBe('first');
      expect(await bucket.text('key', { VersionId: second })).toBe('second');
    });

    test('a delete hides the object behind a delete marker', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const first = await bucket.put('key', 'first');
      const deleted = await bucket.delete('key');
      expect(deleted.DeleteMarker).toBe(true);
      expect(deleted.VersionId).toBeTruthy();
      expect(deleted.VersionId).not.toBe(first.VersionId);

      expect(await refusal(bucket.get('key'))).toMatchObject({ code: 'NoSuchKey', status: 404 });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
      const listed = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket.name }));
      expect(listed.KeyCount).toBe(0);
      expect(await bucket.text('key', { VersionId: defined(first.VersionId) })).toBe('first');
    });

    test('a 404 tells when a delete marker is the reason', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('key', 'first');
      const { VersionId } = await bucket.delete('key');
      const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': VersionId };
      expect(await refusal(bucket.get('key'))).toMatchObject({ status: 404, headers });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404, headers });
      const never = await refusal(bucket.get('never'));
      expect(never.headers).not.toHaveProperty('x-amz-delete-marker');
    });

    test('a delete marker itself cannot be read', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('key', 'first');
      const VersionId = defined((await bucket.delete('key')).VersionId);
      const refused = await refusal(bucket.get('key', { VersionId }));
      expect(refused).toMatchObject({ code: 'MethodNotAllowed', status: 405 });
      expect(refused.headers['x-amz-delete-marker']).toBe('true');
    });

    test('deleting the delete marker brings the object back', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('key', 'first');
      const marker = defined((await bucket.delete('key')).VersionId);
      await bucket.delete('key', { VersionId: marker });
      expect(await bucket.text('key')).toBe('first');
    });

    test('deleting a delete marker says that it was one', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('key', 'first');
      const VersionId = defined((await bucket.delete('key')).VersionId);
      const undone = await bucket.delete('key', { VersionId });
      expect(undone).toMatchObject({ DeleteMarker: true, VersionId });
    });

    test('deleting a key that never was makes a delete marker too', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const deleted = await bucket.delete('never');
      expect(deleted.DeleteMarker).toBe(true);
      expect(deleted.VersionId).toBeTruthy();
    });

    test('deleting a version is for ever, and the one before becomes current', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('key', 'first');
      const second = defined((await bucket.put('key', 'second')).VersionId);
      const deleted = await bucket.delete('key', { VersionId: second });
      expect(deleted.VersionId).toBe(second);
      expect(deleted.DeleteMarker ?? false).toBe(false);
      expect(await bucket.text('key')).toBe('first');
      const gone = await refusal(bucket.get('key', { VersionId: second }));
      expect(gone).toMatchObject({ code: 'NoSuchVersion', status: 404 });
    });

    test('a copy can restore an old version', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const first = defined((await bucket.put('key', 'first')).VersionId);
      await bucket.put('key', 'second');
      const copied = await aws.s3.send(
        new CopyObjectCommand({
          Bucket: bucket.name,
          Key: 'key',
          CopySource: bucket.source('key', first),
        }),
      );
      expect(copied.CopySourceVersionId).toBe(first);
      expect(copied.VersionId).toBeTruthy();
      expect(copied.VersionId).not.toBe(first);
      expect(await bucket.text('key')).toBe('first');
    });
  });
};
