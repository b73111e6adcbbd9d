import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListBucketsCommand,
} from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { md5, refusal, uniqueName } from './helpers.ts';
import { Bucket, newBucket } from './s3.ts';

export const describeObjects: Suite = ({ test }) => {
  describe('S3 objects', () => {
    test('an object comes back as it was put, with its size and its MD5 as ETag', async (aws) => {
      const bucket = await newBucket(aws);
      const put = await bucket.put('hello.txt', 'hello, world');
      expect(put.ETag).toBe(`"${md5('hello, world')}"`);

      const object = await bucket.get('hello.txt');
      expect(object.ContentLength).toBe(12);
      expect(object.ETag).toBe(put.ETag);
      expect(object.AcceptRanges).toBe('bytes');
      expect(Math.abs(Number(object.LastModified) - Date.now())).toBeLessThan(60_000);
      expect(await object.Body?.transformToString()).toBe('hello, world');

      const head = await bucket.head('hello.txt');
      expect(head.ContentLength).toBe(12);
      expect(head.ETag).toBe(put.ETag);
    });

    test('an object of zero bytes is an object', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('empty', new Uint8Array());
      expect(await bucket.text('empty')).toBe('');
      const head = await bucket.head('empty');
      expect(head.ContentLength).toBe(0);
      expect(head.ETag).toBe(`"${md5('')}"`);
    });

    test('putting a key again replaces the object and its metadata', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'old', { Metadata: { colour: 'red' }, ContentType: 'text/plain' });
      await bucket.put('key', 'newer', { ContentType: 'image/png' });
      const object = await bucket.get('key');
      expect(await object.Body?.transformToString()).toBe('newer');
      expect(object.Metadata).toEqual({});
      expect(object.ContentType).toBe('image/png');
    });

    test('a deleted object is gone, and deleting it again is no error', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'x');
      const deleted = await bucket.delete('key');
      expect(deleted.$metadata.httpStatusCode).toBe(204);
      expect(await refusal(bucket.get('key'))).toMatchObject({ code: 'NoSuchKey', status: 404 });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
      const again = await bucket.delete('key');
      expect(again.$metadata.httpStatusCode).toBe(204);
    });

    test('a bucket that does not exist is NoSuchBucket for reads and writes', async (aws) => {
      const nowhere = new Bucket(aws, uniqueName('nowhere'));
      const noSuchBucket = { code: 'NoSuchBucket', status: 404 };
      expect(await refusal(nowhere.get('key'))).toMatchObject(noSuchBucket);
      expect(await refusal(nowhere.put('key', 'x'))).toMatchObject(noSuchBucket);
      expect(await refusal(nowhere.delete('key'))).toMatchObject(noSuchBucket);
      const head = aws.s3.send(new HeadBucketCommand({ Bucket: nowhere.name }));
      expect(await refusal(head)).toMatchObject({ status: 404 });
    });

    test('a bucket can be deleted only once it is empty', async (aws) => {
      const bucket = await newBucket(aws);
      const remove = () => aws.s3.send(new DeleteBucketCommand({ Bucket: bucket.name }));
      const names = async () => {
        const { Buckets = [] } = await aws.s3.send(new ListBucketsCommand({}));
        return Buckets.map((each) => each.Name);
      };
      await bucket.put('key', 'x');
      expect(await refusal(remove())).toMatchObject({ code: 'BucketNotEmpty', status: 409 });
      expect(await names()).toContain(bucket.name);
      await bucket.delete('key');
      await remove();
      expect(await names()).not.toContain(bucket.name);
    });

    test('many objects are deleted in one request, absent ones included', async (aws) => {
      const bucket = await newBucket(aws);
      const keys = ['one', 'two words', 'þrír/3'];
      for (const key of keys) await bucket.put(key, 'x');
      const Objects = [...keys, 'absent'].map((Key) => ({ Key }));
      const answer = await aws.s3.send(
        new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects } }),
      );
      expect(answer.Deleted?.map((each) => each.Key).toSorted()).toEqual([...keys, 'absent'].toSorted());
      expect(answer.Errors ?? []).toEqual([]);
      for (const key of keys) expect(await refusal(bucket.get(key))).toMatchObject({ status: 404 });
    });

    test('headers kept with an object come back with it', async (aws) => {
      const bucket = await newBucket(aws);
      const kept = {
        ContentType: 'image/webp',
        CacheControl: 'public, max-age=31536000, immutable',
        ContentDisposition: `attachment; filename="fleur.webp"; filename*=UTF-8''fleur%20rouge.webp`,
        ContentEncoding: 'gzip',
        ContentLanguage: 'fr',
      };
      await bucket.put('fleur', 'x', kept);
      expect(await bucket.get('fleur')).toMatchObject(kept);
      expect(await bucket.head('fleur')).toMatchObject(kept);
    });

    test('user metadata comes back with lower-case names', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'x', { Metadata: { 'Preset-Hash': 'aB3', note: 'a, b; c' } });
      const metadata = { 'preset-hash': 'aB3', note: 'a, b; c' };
      expect((await bucket.get('key')).Metadata).toEqual(metadata);
      expect((await bucket.head('key')).Metadata).toEqual(metadata);
    });

    test('user metadata above 2 KB is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const put = bucket.put('key', 'x', { Metadata: { long: 'x'.repeat(2_100) } });
      expect(await refusal(put)).toMatchObject({ code: 'MetadataTooLarge', status: 400 });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });
  });
};
