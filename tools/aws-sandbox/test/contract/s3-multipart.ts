import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { md5, refusal } from './helpers.ts';
import { newBucket } from './s3.ts';
import { Upload } from './s3-upload.ts';

const big = Buffer.alloc(5 * 1024 * 1024, 'abcdefghij');
const tail = Buffer.from('the tail');
const noSuchUpload = { code: 'NoSuchUpload', status: 404 };

export const describeMultipart: Suite = ({ test }) => {
  describe('S3 multipart uploads', () => {
    test('parts become one object whose ETag is the MD5 of the MD5s', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'big', {
        ContentType: 'image/tiff',
        Metadata: { colour: 'red' },
      });
      await upload.part(1, big);
      await upload.part(2, tail);
      expect(await refusal(bucket.head('big'))).toMatchObject({ status: 404 });
      const { ETag } = await upload.complete();
      const digests = Buffer.from(md5(big) + md5(tail), 'hex');
      expect(ETag).toBe(`"${md5(digests)}-2"`);
      const head = await bucket.head('big');
      expect(head).toMatchObject({
        ETag,
        ContentLength: big.length + tail.length,
        ContentType: 'image/tiff',
        Metadata: { colour: 'red' },
      });
    });

    test('a range may reach across parts', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'big');
      await upload.part(1, big);
      await upload.part(2, tail);
      await upload.complete();
      const Range = `bytes=${big.length - 3}-${big.length + 2}`;
      // 5 MiB of a ten-letter alphabet end in the middle of it.
      expect(await bucket.text('big', { Range })).toBe(`${big.subarray(-3).toString()}the`);
    });

    test('part numbers may have gaps, and a part sent again replaces the first', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key');
      await upload.part(7, Buffer.from('wrong'));
      const right = await upload.part(7, Buffer.from('right'));
      await upload.complete([right]);
      expect(await bucket.text('key')).toBe('right');
    });

    test('a part under 5 MiB that is not the last is refused on completion', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key');
      await upload.part(1, Buffer.from('small'));
      await upload.part(2, tail);
      expect(await refusal(upload.complete())).toMatchObject({
        code: 'EntityTooSmall',
        status: 400,
      });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });

    test('parts named in the wrong order are refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key');
      await upload.part(1, big);
      await upload.part(2, big);
      const completed = upload.complete(upload.parts.toReversed());
      expect(await refusal(completed)).toMatchObject({ code: 'InvalidPartOrder', status: 400 });
    });

    test('a part named with another ETag, or never sent, is refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key');
      const part = await upload.part(1, tail);
      const invalidPart = { code: 'InvalidPart', status: 400 };
      const otherEtag = { ...part, ETag: `"${md5('other')}"` };
      expect(await refusal(upload.complete([otherEtag]))).toMatchObject(invalidPart);
      const neverSent = { ...part, PartNumber: 2 };
      expect(await refusal(upload.complete([part, neverSent]))).toMatchObject(invalidPart);
    });

    test('an aborted upload cannot be completed', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key');
      await upload.part(1, tail);
      await upload.abort();
      expect(await refusal(upload.complete())).toMatchObject(noSuchUpload);
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });

    test('an aborted upload takes no more parts and lists none', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key');
      await upload.part(1, tail);
      await upload.abort();
      expect(await refusal(upload.part(2, tail))).toMatchObject(noSuchUpload);
      expect(await refusal(upload.list())).toMatchObject(noSuchUpload);
    });

    test('the parts sent so far are listed, page by page', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key');
      for (const number of [3, 1, 2]) await upload.part(number, Buffer.from(`part ${number}`));
      const first = await upload.list({ MaxParts: 2 });
      expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
      expect(first.Parts).toMatchObject([
        { PartNumber: 1, Size: 6, ETag: `"${md5('part 1')}"` },
        { PartNumber: 2, Size: 6 },
      ]);
      const rest = await upload.list({ PartNumberMarker: '2' });
      expect(rest.Parts).toMatchObject([{ PartNumber: 3 }]);
      expect(rest.IsTruncated).toBe(false);
    });

    test('uploads are listed until they are completed', async (aws) => {
      const bucket = await newBucket(aws);
      const pending = async () => {
        const command = new ListMultipartUploadsCommand({ Bucket: bucket.name });
        const { Uploads = [] } = await aws.s3.send(command);
        return Uploads.map((each) => [each.Key, each.UploadId]);
      };
      const upload = await Upload.start(aws, bucket, 'key');
      expect(await pending()).toEqual([['key', upload.id]]);
      await upload.part(1, tail);
      await upload.complete();
      expect(await pending()).toEqual([]);
    });

    test('completion with If-None-Match: * never replaces an object', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key');
      await upload.part(1, tail);
      await bucket.put('key', 'mine');
      const completed = upload.complete(upload.parts, { IfNoneMatch: '*' });
      expect(await refusal(completed)).toMatchObject({ code: 'PreconditionFailed', status: 412 });
      expect(await bucket.text('key')).toBe('mine');
    });
  });
};
