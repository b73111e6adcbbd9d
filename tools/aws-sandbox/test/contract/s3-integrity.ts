import { PutObjectCommand, type ChecksumAlgorithm } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { md5, refusal } from './helpers.ts';
import { newBucket } from './s3.ts';

function crc32Base64(data: string | Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}

function* pieces(data: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

const algorithms: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

export const describeIntegrity: Suite = ({ test }) => {
  describe('S3 integrity', () => {
    test('the checksum the SDK sends by itself is kept with the object', async (aws) => {
      const bucket = await newBucket(aws);
      const put = await bucket.put('key', 'petals');
      expect(put.ChecksumCRC32).toBe(crc32Base64('petals'));
      const head = await bucket.head('key', { ChecksumMode: 'ENABLED' });
      expect(head.ChecksumCRC32).toBe(crc32Base64('petals'));
    });

    for (const algorithm of algorithms) {
      const name = `Checksum${algorithm}` as const;

      test(`a ${algorithm} checksum is kept and given back`, async (aws) => {
        const bucket = await newBucket(aws);
        const put = await bucket.put('key', 'petals', { ChecksumAlgorithm: algorithm });
        const head = await bucket.head('key', { ChecksumMode: 'ENABLED' });
        expect(head[name]).toMatch(/^[\w+/]+=*$/);
        expect(put[name]).toBe(head[name]);
      });

      test(`a body that does not have the announced ${algorithm} is refused`, async (aws) => {
        const bucket = await newBucket(aws);
        const petals = await bucket.put('key', 'petals', { ChecksumAlgorithm: algorithm });
        const weeds = bucket.put('key', 'weeds', { [name]: petals[name] });
        expect(await refusal(weeds)).toMatchObject({ code: 'BadDigest', status: 400 });
        expect(await bucket.text('key')).toBe('petals');
      });
    }

    test('a stream of several megabytes arrives whole', async (aws) => {
      const bucket = await newBucket(aws);
      const data = randomBytes(3_500_001);
      const put = await aws.s3.send(
        new PutObjectCommand({
          Bucket: bucket.name,
          Key: 'stream',
          Body: Readable.from(pieces(data, 100_003)),
          ContentLength: data.length,
          ContentType: 'image/tiff',
        }),
      );
      expect(put.ETag).toBe(`"${md5(data)}"`);
      const object = await bucket.get('stream', { ChecksumMode: 'ENABLED' });
      expect(object.ContentLength).toBe(data.length);
      // How the body travelled is not a property of the object.
      expect(object.ContentEncoding ?? '').toBe('');
      expect(object.ChecksumCRC32).toBe(crc32Base64(data));
      const body = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
      expect(body.equals(data)).toBe(true);
    });

    test('a stream whose trailing checksum is wrong is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const command = new PutObjectCommand({
        Bucket: bucket.name,
        Key: 'stream',
        Body: Readable.from([Buffer.from('petals')]),
        ContentLength: 6,
      });
      const trailer = `x-amz-checksum-crc32:${crc32Base64('weeds')}`;
      command.middlewareStack.add(
        (next) => (args) => {
          // As damage on the way does: after the SDK computed the checksum of what it meant to send.
          const body = Readable.from([Buffer.from(`6\r\npetals\r\n0\r\n${trailer}\r\n\r\n`)]);
          const { request } = args;
          if (typeof request !== 'object' || request === null) throw new Error('no request');
          Reflect.set(request, 'body', body);
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      const refused = await refusal(aws.s3.send(command));
      expect(refused).toMatchObject({ code: 'BadDigest', status: 400 });
      expect(await refusal(bucket.head('stream'))).toMatchObject({ status: 404 });
    });

    test('a body that does not have the announced MD5 is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const ContentMD5 = Buffer.from(md5('weeds'), 'hex').toString('base64');
      const refused = await refusal(bucket.put('key', 'petals', { ContentMD5 }));
      expect(refused).toMatchObject({ code: 'BadDigest', status: 400 });
      expect(await refusal(bucket.head('key'))).toMatchObject({ status: 404 });
    });

    test('an announced MD5 that is none is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const refused = await refusal(bucket.put('key', 'petals', { ContentMD5: 'nonsense' }));
      expect(refused).toMatchObject({ code: 'InvalidDigest', status: 400 });
    });
  });
};
