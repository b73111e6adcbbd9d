import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, md5, refusal } from './helpers.ts';
import { newBucket } from './s3.ts';

const otherEtag = `"${md5('something else')}"`;
const failed = { code: 'PreconditionFailed', status: 412 };

export const describeConditionalReads: Suite = ({ test }) => {
  describe('S3 conditional reads', () => {
    test('GET and HEAD If-Match are 412 when the object is another', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('key', 'petals');
      expect(await refusal(bucket.get('key', { IfMatch: otherEtag }))).toMatchObject(failed);
      expect(await refusal(bucket.head('key', { IfMatch: otherEtag }))).toMatchObject({
        status: 412,
      });
      expect(await bucket.text('key', { IfMatch: ETag })).toBe('petals');
    });

    test('GET and HEAD If-None-Match are 304 while the object is the same', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('key', 'petals');
      const unchanged = await refusal(bucket.get('key', { IfNoneMatch: ETag }));
      expect(unchanged.status).toBe(304);
      expect(unchanged.headers['etag']).toBe(ETag);
      expect(await refusal(bucket.head('key', { IfNoneMatch: ETag }))).toMatchObject({
        status: 304,
      });
      expect(await bucket.text('key', { IfNoneMatch: otherEtag })).toBe('petals');
    });

    test('GET If-Modified-Since and If-Unmodified-Since compare dates', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      const before = new Date(Date.now() - 86_400_000);
      const written = defined((await bucket.head('key')).LastModified);
      const unmodified = bucket.get('key', { IfUnmodifiedSince: before });
      expect(await refusal(unmodified)).toMatchObject({ status: 412 });
      const modified = bucket.get('key', { IfModifiedSince: written });
      expect(await refusal(modified)).toMatchObject({ status: 304 });
      expect(await bucket.text('key', { IfModifiedSince: before })).toBe('petals');
      expect(await bucket.text('key', { IfUnmodifiedSince: written })).toBe('petals');
    });

    test('an ETag condition outweighs a date condition', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('key', 'petals');
      const before = new Date(Date.now() - 86_400_000);
      expect(await bucket.text('key', { IfMatch: ETag, IfUnmodifiedSince: before })).toBe('petals');
      const same = bucket.get('key', { IfNoneMatch: ETag, IfModifiedSince: before });
      expect(await refusal(same)).toMatchObject({ status: 304 });
    });
  });
};
