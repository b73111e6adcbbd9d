import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { newBucket } from './s3.ts';
import { Upload } from './s3-upload.ts';

const big = Buffer.alloc(5 * 1024 * 1024, 'abcdefghij');
const tail = Buffer.from('the tail');
const whole = Buffer.concat([big, tail]);
const full = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
const invalidRequest = { code: 'InvalidRequest', status: 400 };
const badDigest = { code: 'BadDigest', status: 400 };

function crc32Base64(data: string | Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}

const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

export const describeMultipartChecksums: Suite = ({ test }) => {
  describe('checksums of S3 multipart uploads', () => {
    test('a full-object CRC32 is that of all bytes, whatever the parts are', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'big', full);
      await upload.part(1, big);
      await upload.part(2, tail);
      const done = await upload.complete();
      expect(done).toMatchObject({ ChecksumCRC32: crc32Base64(whole), ChecksumType: 'FULL_OBJECT' });
      expect(await bucket.head('big', { ChecksumMode: 'ENABLED' })).toMatchObject({
        ChecksumCRC32: crc32Base64(whole),
        ChecksumType: 'FULL_OBJECT',
        ContentLength: whole.length,
      });
    });

    test('a full-object CRC64NVME is kept, and needs no type', async (aws) => {
      const bucket = await newBucket(aws);
      const put = await bucket.put('same', tail, { ChecksumAlgorithm: 'CRC64NVME' });
      const upload = await Upload.start(aws, bucket, 'key', { ChecksumAlgorithm: 'CRC64NVME' });
      await upload.part(1, tail, { ChecksumAlgorithm: 'CRC64NVME' });
      await upload.complete();
      const head = await bucket.head('key', { ChecksumMode: 'ENABLED' });
      expect(head).toMatchObject({
        ChecksumCRC64NVME: put.ChecksumCRC64NVME,
        ChecksumType: 'FULL_OBJECT',
      });
    });

    test('a composite SHA256 is that of the checksums of the parts', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'big', { ChecksumAlgorithm: 'SHA256' });
      await upload.part(1, big, { ChecksumAlgorithm: 'SHA256' });
      await upload.part(2, tail, { ChecksumAlgorithm: 'SHA256' });
      await upload.complete();
      const ofParts = sha256(Buffer.concat([sha256(big), sha256(tail)])).toString('base64');
      expect(await bucket.head('big', { ChecksumMode: 'ENABLED' })).toMatchObject({
        ChecksumSHA256: `${ofParts}-2`,
        ChecksumType: 'COMPOSITE',
      });
    });

    test('a copy of an object with a composite checksum has one of all bytes', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key', { ChecksumAlgorithm: 'SHA256' });
      await upload.part(1, tail, { ChecksumAlgorithm: 'SHA256' });
      await upload.complete();
      const CopySource = bucket.source('key');
      await aws.s3.send(new CopyObjectCommand({ Bucket: bucket.name, Key: 'copy', CopySource }));
      expect(await bucket.head('copy', { ChecksumMode: 'ENABLED' })).toMatchObject({
        ChecksumSHA256: sha256(tail).toString('base64'),
        ChecksumType: 'FULL_OBJECT',
      });
    });

    test('an upload says which checksum it has, and what its parts have', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      await upload.part(1, tail);
      expect(await upload.list()).toMatchObject({
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
        Parts: [{ PartNumber: 1, ChecksumCRC32: crc32Base64(tail) }],
      });
    });

    test('a checksum of a type that it cannot be of is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const composite = { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' } as const;
      expect(await refusal(Upload.start(aws, bucket, 'key', composite))).toMatchObject(invalidRequest);
      const fullSha = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' } as const;
      expect(await refusal(Upload.start(aws, bucket, 'key', fullSha))).toMatchObject(invalidRequest);
    });

    test('a part that does not have the announced CRC32 is refused, and not listed', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      const part = upload.part(1, tail, { ChecksumCRC32: crc32Base64('other') });
      expect(await refusal(part)).toMatchObject(badDigest);
      expect((await upload.list()).Parts ?? []).toEqual([]);
    });

    test('a part with another checksum than its upload is refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      const part = upload.part(1, tail, { ChecksumAlgorithm: 'SHA256' });
      expect(await refusal(part)).toMatchObject(invalidRequest);
    });

    test('completion with another full-object checksum is refused, and may be tried again', async (aws) => {
      const bucket = await newBucket(aws);
      const upload = await Upload.start(aws, bucket, 'key', full);
      await upload.part(1, tail);
      const wrong = { ChecksumCRC32: crc32Base64('other'), ChecksumType: 'FULL_OBJECT' } as const;
      expect(await refusal(upload.complete(upload.parts, wrong))).toMatchObject(badDigest);
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
      const right = { ChecksumCRC32: crc32Base64(tail), ChecksumType: 'FULL_OBJECT' } as const;
      await upload.complete(upload.parts, right);
      expect(await bucket.text('key')).toBe('the tail');
    });

    test('completion with another type of checksum is refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      await upload.part(1, tail);
      const completed = upload.complete(upload.parts, { ChecksumType: 'COMPOSITE' });
      expect(await refusal(completed)).toMatchObject(invalidRequest);
    });

    test('completion with a part of another checksum is refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      const part = await upload.part(1, tail);
      const completed = upload.complete([{ ...part, ChecksumCRC32: crc32Base64('other') }]);
      expect(await refusal(completed)).toMatchObject({ code: 'InvalidPart', status: 400 });
    });

    test('completion without the checksums of the parts is refused when they make up the whole', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', { ChecksumAlgorithm: 'SHA256' });
      const { ETag } = await upload.part(1, tail, { ChecksumAlgorithm: 'SHA256' });
      expect(await refusal(upload.complete([{ PartNumber: 1, ETag }]))).toMatchObject(invalidRequest);
    });

    test('completion with another size of the whole is refused', async (aws) => {
      const upload = await Upload.start(aws, await newBucket(aws), 'key', full);
      await upload.part(1, tail);
      const completed = upload.complete(upload.parts, { MpuObjectSize: tail.length + 1 });
      expect(await refusal(completed)).toMatchObject(invalidRequest);
    });
  });
};
