import { GetObjectCommand, PutObjectCommand, S3Client, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newBucket, type Bucket } from './s3.ts';

const anHourAgo = () => new Date(Date.now() - 3_600_000);

type Signing = { signingDate?: Date; expiresIn?: number };

function signedGet(
  aws: Aws,
  bucket: Bucket,
  key: string,
  signing: Signing = {},
  options: Partial<GetObjectCommandInput> = {},
): Promise<string> {
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, ...options });
  return getSignedUrl(aws.s3, command, { expiresIn: 60, ...signing });
}

async function signedPut(aws: Aws, bucket: Bucket, key: string, signing: Signing = {}): Promise<string> {
  // Whoever signs a PUT does not know the body, so its checksum must not be part of the URL.
  const signer = new S3Client({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: aws.s3.config.credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const command = new PutObjectCommand({ Bucket: bucket.name, Key: key });
  try {
    return await getSignedUrl(signer, command, { expiresIn: 60, ...signing });
  } finally {
    signer.destroy();
  }
}

async function answer(url: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

export const describePresigned: Suite = ({ test }) => {
  describe('S3 presigned URLs', () => {
    test('a presigned GET gives the object to whoever has the URL', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('a folder/red flower+é.jpg', 'petals');
      const url = await signedGet(aws, bucket, 'a folder/red flower+é.jpg');
      expect(await answer(url)).toEqual({ status: 200, text: 'petals' });
    });

    test('a presigned GET may set the headers of the answer', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      const url = await signedGet(
        aws,
        bucket,
        'key',
        {},
        {
          ResponseContentDisposition: 'attachment; filename="red flower.jpg"',
          ResponseContentType: 'image/jpeg',
        },
      );
      const response = await fetch(url);
      expect(await response.text()).toBe('petals');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="red flower.jpg"');
      expect(response.headers.get('content-type')).toBe('image/jpeg');
    });

    test('a presigned PUT stores what is sent', async (aws) => {
      const bucket = await newBucket(aws);
      const url = await signedPut(aws, bucket, 'up load.txt');
      const put = await answer(url, {
        method: 'PUT',
        body: 'petals',
        headers: { 'content-type': 'text/plain' },
      });
      expect(put.status).toBe(200);
      const object = await bucket.get('up load.txt');
      expect(await object.Body?.transformToString()).toBe('petals');
      expect(object.ContentType).toBe('text/plain');
    });

    test('an expired presigned GET is refused', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      const { status, text } = await answer(
        await signedGet(aws, bucket, 'key', { signingDate: anHourAgo() }),
      );
      expect(status).toBe(403);
      expect(text).toContain('<Code>AccessDenied</Code>');
      expect(text).toContain('Request has expired');
    });

    test('an expired presigned PUT is refused and stores nothing', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'before');
      const { status, text } = await answer(
        await signedPut(aws, bucket, 'key', { signingDate: anHourAgo() }),
        { method: 'PUT', body: 'after' },
      );
      expect(status).toBe(403);
      expect(text).toContain('Request has expired');
      expect(await bucket.text('key')).toBe('before');
    });

    test('a presigned URL is good for its own key and method only', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('mine', 'petals');
      await bucket.put('other', 'secret');
      const url = await signedGet(aws, bucket, 'mine');
      const other = await answer(url.replace('/mine?', '/other?'));
      expect(other.status).toBe(403);
      expect(other.text).toContain('<Code>SignatureDoesNotMatch</Code>');
      const put = await answer(url, { method: 'PUT', body: 'weeds' });
      expect(put.status).toBe(403);
      expect(await bucket.text('mine')).toBe('petals');
    });
  });
};
