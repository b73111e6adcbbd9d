import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { newBucket } from './s3.ts';

const awkwardKeys: readonly (readonly [what: string, key: string])[] = [
  ['with spaces', 'two words and a trailing space '],
  ['with a plus sign', 'a+b'],
  ['with a percent sign', '100% a%20b %'],
  ['with slashes, also doubled', 'deep/er//and/deeper/'],
  ['in another script', 'фото/写真/🌺.jpg'],
  ['with combining characters, which are not normalised', 'e\u0301 and \u00e9'],
  ['with characters that mean something in a URL', `?a=b&c#d;e:f@g=h,i$j!k'(l)*~[m]`],
  ['with characters that mean something in XML', '<a>&amp;"b"</a>'],
];

export const describeKeys: Suite = ({ test }) => {
  describe('S3 keys', () => {
    for (const [what, key] of awkwardKeys) {
      test(`a key ${what} is kept as it is`, async (aws) => {
        const bucket = await newBucket(aws);
        await bucket.put(key, 'found');
        expect(await bucket.text(key)).toBe('found');
        const listed = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket.name }));
        expect(listed.Contents?.map((each) => each.Key)).toEqual([key]);
        await bucket.delete(key);
        expect(await refusal(bucket.head(key))).toMatchObject({ status: 404 });
      });
    }

    test('keys that differ only in encoding or case are different objects', async (aws) => {
      const bucket = await newBucket(aws);
      const keys = ['a b', 'a+b', 'a%20b', 'A b', '/a b', 'a b/'];
      for (const key of keys) await bucket.put(key, `body of ${key}`);
      for (const key of keys) expect(await bucket.text(key)).toBe(`body of ${key}`);
    });

    test('a key of 1,024 bytes is the longest', async (aws) => {
      const bucket = await newBucket(aws);
      const longest = 'é'.repeat(512);
      await bucket.put(longest, 'long');
      expect(await bucket.text(longest)).toBe('long');
    });

    test('a key of 1,025 bytes is refused', async (aws) => {
      const bucket = await newBucket(aws);
      const put = bucket.put(`${'é'.repeat(512)}x`, 'long');
      expect(await refusal(put)).toMatchObject({ code: 'KeyTooLongError', status: 400 });
    });
  });
};
