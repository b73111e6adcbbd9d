import { ListObjectVersionsCommand, type ListObjectVersionsCommandInput } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, refusal } from './helpers.ts';
import { newBucket, newVersionedBucket, type Bucket } from './s3.ts';

function versions(aws: Aws, bucket: Bucket, options: Partial<ListObjectVersionsCommandInput> = {}) {
  return aws.s3.send(new ListObjectVersionsCommand({ Bucket: bucket.name, ...options }));
}

const versionIds = (page: { Versions?: { VersionId?: string | undefined }[] | undefined }) =>
  (page.Versions ?? []).map((each) => each.VersionId);

export const describeVersionListing: Suite = ({ test }) => {
  describe('S3 listing of versions', () => {
    test('versions are listed by key, the newest of each key first', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const b1 = (await bucket.put('b', '1')).VersionId;
      const a1 = (await bucket.put('a', '1')).VersionId;
      const b2 = (await bucket.put('b', '22')).VersionId;
      const marker = (await bucket.delete('a')).VersionId;
      const page = await versions(aws, bucket);
      expect(page.Versions).toMatchObject([
        { Key: 'a', VersionId: a1, IsLatest: false, Size: 1 },
        { Key: 'b', VersionId: b2, IsLatest: true, Size: 2 },
        { Key: 'b', VersionId: b1, IsLatest: false, Size: 1 },
      ]);
      expect(page.DeleteMarkers).toMatchObject([{ Key: 'a', VersionId: marker, IsLatest: true }]);
      expect(page.IsTruncated).toBe(false);
    });

    test('versions are paged by key marker and version marker', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const made: string[] = [];
      for (const key of ['a', 'a', 'a', 'b', 'b']) {
        made.push(defined((await bucket.put(key, 'x')).VersionId));
      }
      const seen: unknown[] = [];
      let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
      for (let number = 0; number < 5; number += 1) {
        const page = await versions(aws, bucket, { MaxKeys: 2, ...markers });
        seen.push(versionIds(page));
        if (!page.IsTruncated) break;
        markers = {
          KeyMarker: defined(page.NextKeyMarker),
          VersionIdMarker: defined(page.NextVersionIdMarker),
        };
      }
      const [a1, a2, a3, b1, b2] = made;
      expect(seen).toEqual([[a3, a2], [a1, b2], [b1]]);
    });

    test('a key marker alone begins after all versions of that key', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('a', '1');
      await bucket.put('a', '2');
      const b1 = (await bucket.put('b', '1')).VersionId;
      expect(versionIds(await versions(aws, bucket, { KeyMarker: 'a' }))).toEqual([b1]);
    });

    test('a prefix selects versions', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      await bucket.put('a/1', 'x');
      const b1 = (await bucket.put('b/1', 'x')).VersionId;
      const b2 = (await bucket.put('b/1', 'y')).VersionId;
      expect(versionIds(await versions(aws, bucket, { Prefix: 'b/' }))).toEqual([b2, b1]);
    });

    test('an object from before versioning is kept as version null', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'before');
      await bucket.setVersioning('Enabled');
      const after = (await bucket.put('key', 'after')).VersionId;
      expect((await versions(aws, bucket)).Versions).toMatchObject([
        { VersionId: after, IsLatest: true },
        { VersionId: 'null', IsLatest: false },
      ]);
      expect(await bucket.text('key', { VersionId: 'null' })).toBe('before');
      expect(await bucket.text('key')).toBe('after');
    });

    test('while suspended a PUT replaces version null and keeps the others', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const kept = (await bucket.put('key', 'kept')).VersionId;
      await bucket.setVersioning('Suspended');
      await bucket.put('key', 'null, replaced');
      await bucket.put('key', 'null, newest');
      expect((await versions(aws, bucket)).Versions).toMatchObject([
        { VersionId: 'null', IsLatest: true },
        { VersionId: kept, IsLatest: false },
      ]);
      expect(await bucket.text('key')).toBe('null, newest');
      expect(await bucket.text('key', { VersionId: defined(kept) })).toBe('kept');
    });

    test('while suspended a DELETE replaces version null by a null delete marker', async (aws) => {
      const bucket = await newVersionedBucket(aws);
      const kept = (await bucket.put('key', 'kept')).VersionId;
      await bucket.setVersioning('Suspended');
      await bucket.put('key', 'null');
      expect(await bucket.delete('key')).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
      const page = await versions(aws, bucket);
      expect(page.Versions).toMatchObject([{ VersionId: kept, IsLatest: false }]);
      expect(page.DeleteMarkers).toMatchObject([{ VersionId: 'null', IsLatest: true }]);
      expect(await refusal(bucket.get('key'))).toMatchObject({ status: 404 });
    });
  });
};
