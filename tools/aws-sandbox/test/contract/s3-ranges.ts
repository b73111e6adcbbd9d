import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { newBucket, newVersionedBucket } from './s3.ts';

const ranges: readonly (readonly [what: string, range: string, body: string, answered: string])[] = [
  ['from the first to the last byte named', 'bytes=2-4', '234', 'bytes 2-4/10'],
  ['from a byte to the end', 'bytes=7-', '789', 'bytes 7-9/10'],
  ['of the last bytes', 'bytes=-3', '789', 'bytes 7-9/10'],
  ['that goes past the end', 'bytes=8-99', '89', 'bytes 8-9/10'],
  ['of more last bytes than there are', 'bytes=-99', '0123456789', 'bytes 0-9/10'],
];

export const describeRanges: Suite = ({ test }) => {
  describe('S3 ranges', () => {
    for (const [what, Range, body, answered] of ranges) {
      test(`a range ${what} is answered with 206`, async (aws) => {
        const bucket = await newBucket(aws);
        await bucket.put('digits', '0123456789');
        const part = await bucket.get('digits', { Range });
        expect(part.$metadata.httpStatusCode).toBe(206);
        expect(part.ContentRange).toBe(answered);
        expect(part.ContentLength).toBe(body.length);
        expect(await part.Body?.transformToString()).toBe(body);
      });
    }

    test('a range that starts past the end is 416', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('digits', '0123456789');
      const get = bucket.get('digits', { Range: 'bytes=10-12' });
      expect(await refusal(get)).toMatchObject({ code: 'InvalidRange', status: 416 });
    });

    test('a range of another object than the one that was begun with is 412', async (aws) => {
      const bucket = await newBucket(aws);
      const { ETag } = await bucket.put('digits', '0123456789');
      const options = { Range: 'bytes=2-4', IfMatch: ETag };
      expect(await bucket.text('digits', options)).toBe('234');
      await bucket.put('digits', '9876543210');
      const refused = await refusal(bucket.get('digits', options));
      expect(refused).toMatchObject({ code: 'PreconditionFailed', status: 412 });
    });

    test('a range of one version stays that of it', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const { ETag, VersionId } = await bucket.put('digits', '0123456789');
      await bucket.put('digits', '9876543210');
      const options = { Range: 'bytes=2-4', IfMatch: ETag, VersionId };
      expect(await bucket.text('digits', options)).toBe('234');
    });

    test('a HEAD with a range tells what a GET would send', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('digits', '0123456789');
      const head = await bucket.head('digits', { Range: 'bytes=2-4' });
      expect(head.ContentLength).toBe(3);
      expect(head.$metadata.httpStatusCode).toBe(206);
    });
  });
};
