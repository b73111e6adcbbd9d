import { CopyObjectCommand, type CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, md5, refusal } from './helpers.ts';
import { newBucket, newVersionedBucket, type Bucket } from './s3.ts';

const otherEtag = `"${md5('something else')}"`;
const failed = { code: 'PreconditionFailed', status: 412 };

function copyTo(aws: Aws, bucket: Bucket, Key: string, conditions: Partial<CopyObjectCommandInput>) {
  const CopySource = bucket.source('key');
  return aws.s3.send(new CopyObjectCommand({ Bucket: bucket.name, Key, CopySource, ...conditions }));
}

export const describeConditionalWrites: Suite = ({ test }) => {
  describe('S3 conditional writes', () => {
    test('PUT If-None-Match: * creates an absent object', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'first', { IfNoneMatch: '*' });
      expect(await bucket.text('key')).toBe('first');
    });

    test('PUT If-None-Match: * never replaces an object', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'first');
      const second = bucket.put('key', 'second', { IfNoneMatch: '*' });
      expect(await refusal(second)).toMatchObject(failed);
      expect(await bucket.text('key')).toBe('first');
    });

    test('PUT If-Match replaces exactly the object that was read', async (aws) => {
      const bucket = await newBucket(aws);
      const first = await bucket.put('key', 'first');
      const IfMatch = defined(first.ETag);
      await bucket.put('key', 'second', { IfMatch });
      const stale = bucket.put('key', 'third', { IfMatch });
      expect(await refusal(stale)).toMatchObject(failed);
      expect(await bucket.text('key')).toBe('second');
    });

    test('PUT If-Match of an absent object is 404', async (aws) => {
      const bucket = await newBucket(aws);
      const put = bucket.put('key', 'first', { IfMatch: otherEtag });
      expect(await refusal(put)).toMatchObject({ code: 'NoSuchKey', status: 404 });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });

    test('a delete marker counts as absent for conditional writes', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const first = await bucket.put('key', 'first');
      await bucket.delete('key');
      const update = bucket.put('key', 'second', { IfMatch: defined(first.ETag) });
      expect(await refusal(update)).toMatchObject({ status: 404 });
      await bucket.put('key', 'third', { IfNoneMatch: '*' });
      expect(await bucket.text('key')).toBe('third');
    });

    test('of ten concurrent PUTs with If-None-Match: * exactly one wins', async (aws) => {
      const bucket = await newBucket(aws);
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, async (_, number) => {
          const put = bucket.put('key', `writer ${number}`, { IfNoneMatch: '*' });
          const won = await put.then(
            () => true,
            () => false,
          );
          return won ? `writer ${number}` : (await refusal(put)).status;
        }),
      );
      const winners = outcomes.filter((outcome) => typeof outcome === 'string');
      expect(winners).toHaveLength(1);
      const others = outcomes.filter((outcome) => typeof outcome === 'number');
      expect(others.filter((status) => status !== 412 && status !== 409)).toEqual([]);
      expect(await bucket.text('key')).toBe(winners[0]);
    });

    test('DELETE If-Match deletes only the object that was read', async (aws) => {
      const bucket = await newBucket(aws);
      const first = await bucket.put('key', 'first');
      const stale = bucket.delete('key', { IfMatch: otherEtag });
      expect(await refusal(stale)).toMatchObject(failed);
      expect(await bucket.text('key')).toBe('first');
      await bucket.delete('key', { IfMatch: defined(first.ETag) });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });

    test('a copy with a source If-Match is made only of the object that was read', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('key', 'petals');
      const stale = copyTo(aws, bucket, 'copy', { CopySourceIfMatch: otherEtag });
      expect(await refusal(stale)).toMatchObject(failed);
      expect(await refusal(bucket.head('copy'))).toMatchObject({ status: 404 });
      await copyTo(aws, bucket, 'copy', { CopySourceIfMatch: ETag });
      expect(await bucket.text('copy')).toBe('petals');
    });

    test('a copy with a source If-None-Match is refused while the source is the same', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('key', 'petals');
      const same = copyTo(aws, bucket, 'copy', { CopySourceIfNoneMatch: ETag });
      expect(await refusal(same)).toMatchObject(failed);
      await copyTo(aws, bucket, 'copy', { CopySourceIfNoneMatch: otherEtag });
      expect(await bucket.text('copy')).toBe('petals');
    });

    test('a copy with If-None-Match: * never replaces an object', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      await bucket.put('copy', 'mine');
      const copied = copyTo(aws, bucket, 'copy', { IfNoneMatch: '*' });
      expect(await refusal(copied)).toMatchObject(failed);
      expect(await bucket.text('copy')).toBe('mine');
    });
  });
};
