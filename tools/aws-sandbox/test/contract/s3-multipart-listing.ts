import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandInput } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newBucket, type Bucket } from './s3.ts';
import { Upload } from './s3-upload.ts';

const list = (aws: Aws, bucket: Bucket, options: Partial<ListMultipartUploadsCommandInput> = {}) =>
  aws.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket.name, ...options }));

export const describeMultipartListing: Suite = ({ test }) => {
  describe('the list of S3 multipart uploads', () => {
    test('uploads are listed by the beginning of their keys, the same key as often as it is uploaded', async (aws) => {
      const bucket = await newBucket(aws);
      await Upload.start(aws, bucket, 'b/other');
      const first = await Upload.start(aws, bucket, 'a/key');
      const second = await Upload.start(aws, bucket, 'a/key');
      const { Uploads = [], IsTruncated } = await list(aws, bucket, { Prefix: 'a/' });
      expect(IsTruncated).toBe(false);
      expect(Uploads.map(({ Key }) => Key)).toEqual(['a/key', 'a/key']);
      expect(new Set(Uploads.map(({ UploadId }) => UploadId))).toEqual(new Set([first.id, second.id]));
      expect(Uploads[0]?.Initiated).toBeInstanceOf(Date);
    });

    test('uploads are listed page by page, and none twice', async (aws) => {
      const bucket = await newBucket(aws);
      const open = new Set<string>();
      for (const key of ['a', 'b', 'b', 'b', 'c']) open.add((await Upload.start(aws, bucket, key)).id);
      const listed: string[] = [];
      let markers: Partial<ListMultipartUploadsCommandInput> = {};
      for (let pages = 1; ; pages += 1) {
        const page = await list(aws, bucket, { MaxUploads: 2, ...markers });
        for (const { UploadId = '' } of page.Uploads ?? []) listed.push(UploadId);
        if (page.IsTruncated !== true) {
          expect(pages).toBe(3);
          break;
        }
        markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      }
      expect(listed).toHaveLength(5);
      expect(new Set(listed)).toEqual(open);
    });

    test('an upload in the list says which checksum it has', async (aws) => {
      const bucket = await newBucket(aws);
      await Upload.start(aws, bucket, 'key', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
      expect((await list(aws, bucket)).Uploads).toMatchObject([
        { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
      ]);
    });
  });
};
