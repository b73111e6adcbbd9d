import { CopyObjectCommand, type CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { md5, refusal } from './helpers.ts';
import { newBucket, type Bucket } from './s3.ts';

function copy(
  aws: Aws,
  from: Bucket,
  key: string,
  to: Bucket,
  newKey: string,
  options: Partial<CopyObjectCommandInput> = {},
) {
  return aws.s3.send(
    new CopyObjectCommand({
      Bucket: to.name,
      Key: newKey,
      CopySource: from.source(key),
      ...options,
    }),
  );
}

export const describeCopy: Suite = ({ test }) => {
  describe('S3 copy', () => {
    test('a copy keeps body, metadata and headers unless told otherwise', async (aws) => {
      const [from, to] = [await newBucket(aws), await newBucket(aws)];
      await from.put('red flower+é.jpg', 'petals', {
        ContentType: 'image/jpeg',
        CacheControl: 'no-store',
        Metadata: { colour: 'red' },
      });
      const copied = await copy(aws, from, 'red flower+é.jpg', to, 'copy', {
        ContentType: 'text/plain',
        Metadata: { colour: 'ignored' },
      });
      expect(copied.CopyObjectResult?.ETag).toBe(`"${md5('petals')}"`);
      const object = await to.get('copy');
      expect(object).toMatchObject({
        ContentType: 'image/jpeg',
        CacheControl: 'no-store',
        Metadata: { colour: 'red' },
      });
      expect(await object.Body?.transformToString()).toBe('petals');
    });

    test('a copy with REPLACE takes metadata and headers from the request', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals', {
        ContentType: 'image/jpeg',
        CacheControl: 'no-store',
        Metadata: { colour: 'red', shape: 'round' },
      });
      await copy(aws, bucket, 'key', bucket, 'copy', {
        MetadataDirective: 'REPLACE',
        ContentType: 'text/plain',
        Metadata: { colour: 'blue' },
      });
      const object = await bucket.get('copy');
      expect(object.Metadata).toEqual({ colour: 'blue' });
      expect(object.ContentType).toBe('text/plain');
      expect(object.CacheControl).toBeUndefined();
      expect(await object.Body?.transformToString()).toBe('petals');
    });

    test('an object may be copied onto itself to change its metadata', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals', { Metadata: { colour: 'red' } });
      await copy(aws, bucket, 'key', bucket, 'key', {
        MetadataDirective: 'REPLACE',
        Metadata: { colour: 'blue' },
      });
      expect((await bucket.head('key')).Metadata).toEqual({ colour: 'blue' });
      expect(await bucket.text('key')).toBe('petals');
    });

    test('a copy of an object onto itself that changes nothing is refused', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      const refused = await refusal(copy(aws, bucket, 'key', bucket, 'key'));
      expect(refused).toMatchObject({ code: 'InvalidRequest', status: 400 });
    });

    test('a copy of what does not exist is NoSuchKey', async (aws) => {
      const bucket = await newBucket(aws);
      const refused = await refusal(copy(aws, bucket, 'absent', bucket, 'copy'));
      expect(refused).toMatchObject({ code: 'NoSuchKey', status: 404 });
    });
  });
};
