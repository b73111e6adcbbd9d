import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsCommandInput,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, md5, refusal } from './helpers.ts';
import { newBucket, type Bucket } from './s3.ts';

type Listing = Partial<ListObjectsV2CommandInput>;

function list(aws: Aws, bucket: Bucket, options: Listing = {}) {
  return aws.s3.send(new ListObjectsV2Command({ Bucket: bucket.name, ...options }));
}

function olderList(aws: Aws, bucket: Bucket, options: Partial<ListObjectsCommandInput>) {
  return aws.s3.send(new ListObjectsCommand({ Bucket: bucket.name, ...options }));
}

const keysOf = (page: Pick<ListObjectsV2CommandOutput, 'Contents'>) =>
  (page.Contents ?? []).map((each) => each.Key);
const prefixesOf = (page: Pick<ListObjectsV2CommandOutput, 'CommonPrefixes'>) =>
  (page.CommonPrefixes ?? []).map((each) => each.Prefix);

const decode = (text = '') => decodeURIComponent(text.replaceAll('+', ' '));

async function bucketWith(aws: Aws, keys: readonly string[]): Promise<Bucket> {
  const bucket = await newBucket(aws);
  for (const key of keys) await bucket.put(key, key);
  return bucket;
}

async function allPages(aws: Aws, bucket: Bucket, options: Listing) {
  const pages: ListObjectsV2CommandOutput[] = [];
  let token: string | undefined;
  do {
    const page = await list(aws, bucket, { ...options, ContinuationToken: token });
    pages.push(page);
    token = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(token !== undefined);
  } while (token !== undefined && pages.length < 20);
  return pages;
}

const tree = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'f'];

export const describeListing: Suite = ({ test }) => {
  describe('S3 listing', () => {
    test('an empty bucket lists nothing', async (aws) => {
      const page = await list(aws, await newBucket(aws));
      expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
      expect(keysOf(page)).toEqual([]);
    });

    test('keys are listed in the order of their UTF-8 bytes', async (aws) => {
      // UTF-16 order would put the emoji before the full-width letter.
      const sorted = ['A', 'Z', 'a', 'a b', 'a!', 'a/', 'ab', 'z', 'é', '\uff5e', '😀'];
      const bucket = await bucketWith(aws, sorted.toReversed());
      expect(keysOf(await list(aws, bucket))).toEqual(sorted);
    });

    test('a listing tells size, ETag and date of each object', async (aws) => {
      const bucket = await bucketWith(aws, ['petals']);
      const page = await list(aws, bucket);
      const entry = defined(page.Contents?.[0]);
      expect(entry).toMatchObject({ Key: 'petals', Size: 6, ETag: `"${md5('petals')}"` });
      expect(Math.abs(Number(entry.LastModified) - Date.now())).toBeLessThan(60_000);
      expect(page).toMatchObject({ Name: bucket.name, KeyCount: 1, MaxKeys: 1000 });
    });

    test('a prefix selects keys', async (aws) => {
      const page = await list(aws, await bucketWith(aws, tree), { Prefix: 'b/' });
      expect(keysOf(page)).toEqual(['b/1', 'b/2', 'b/c/3']);
      expect(page.Prefix).toBe('b/');
    });

    test('a delimiter folds keys into common prefixes', async (aws) => {
      const bucket = await bucketWith(aws, tree);
      const top = await list(aws, bucket, { Delimiter: '/' });
      expect(keysOf(top)).toEqual(['a', 'd', 'f']);
      expect(prefixesOf(top)).toEqual(['b/', 'e/']);
      expect(top.KeyCount).toBe(5);
      const inside = await list(aws, bucket, { Delimiter: '/', Prefix: 'b/' });
      expect(keysOf(inside)).toEqual(['b/1', 'b/2']);
      expect(prefixesOf(inside)).toEqual(['b/c/']);
    });

    test('pages follow one another without gaps or repeats', async (aws) => {
      const pages = await allPages(aws, await bucketWith(aws, tree), { MaxKeys: 3 });
      expect(pages.map(keysOf)).toEqual([['a', 'b/1', 'b/2'], ['b/c/3', 'd', 'e/4'], ['f']]);
    });

    test('common prefixes count as entries of a page and are not repeated', async (aws) => {
      const bucket = await bucketWith(aws, tree);
      const pages = await allPages(aws, bucket, { MaxKeys: 2, Delimiter: '/' });
      expect(pages.map((page) => [keysOf(page), prefixesOf(page)])).toEqual([
        [['a'], ['b/']],
        [['d'], ['e/']],
        [['f'], []],
      ]);
    });

    test('a continuation token nobody gave is refused', async (aws) => {
      const listing = list(aws, await bucketWith(aws, ['a']), { ContinuationToken: 'nonsense' });
      expect(await refusal(listing)).toMatchObject({ code: 'InvalidArgument', status: 400 });
    });

    test('StartAfter begins after a key, whether it exists or not', async (aws) => {
      const bucket = await bucketWith(aws, tree);
      expect(keysOf(await list(aws, bucket, { StartAfter: 'd' }))).toEqual(['e/4', 'f']);
      expect(keysOf(await list(aws, bucket, { StartAfter: 'bb' }))).toEqual(['d', 'e/4', 'f']);
    });

    test('EncodingType url encodes keys and prefixes for XML', async (aws) => {
      const awkward = 'a b+c/\u0001é(3)&.jpg';
      const bucket = await bucketWith(aws, [awkward]);
      const page = await list(aws, bucket, { EncodingType: 'url' });
      expect(page.EncodingType).toBe('url');
      const [encoded] = keysOf(page);
      expect(encoded).toMatch(/^[\w%+./()-]+$/);
      expect(decode(encoded)).toBe(awkward);
      const folded = await list(aws, bucket, { EncodingType: 'url', Delimiter: '/' });
      const [prefix] = prefixesOf(folded);
      expect(prefix).toMatch(/^[\w%+.-]+\/$/);
      expect(decode(prefix)).toBe('a b+c/');
    });

    test('the older listing pages by marker', async (aws) => {
      const bucket = await bucketWith(aws, tree);
      const first = await olderList(aws, bucket, { MaxKeys: 4 });
      expect(keysOf(first)).toEqual(['a', 'b/1', 'b/2', 'b/c/3']);
      expect(first.IsTruncated).toBe(true);
      const rest = await olderList(aws, bucket, { MaxKeys: 4, Marker: 'b/c/3' });
      expect(keysOf(rest)).toEqual(['d', 'e/4', 'f']);
      expect(rest.IsTruncated).toBe(false);
    });

    test('the older listing with a delimiter names the next marker', async (aws) => {
      const bucket = await bucketWith(aws, tree);
      const first = await olderList(aws, bucket, { MaxKeys: 2, Delimiter: '/' });
      expect([keysOf(first), prefixesOf(first)]).toEqual([['a'], ['b/']]);
      const Marker = defined(first.NextMarker);
      const rest = await olderList(aws, bucket, { Delimiter: '/', Marker });
      expect([keysOf(rest), prefixesOf(rest)]).toEqual([['d', 'f'], ['e/']]);
    });
  });
};
