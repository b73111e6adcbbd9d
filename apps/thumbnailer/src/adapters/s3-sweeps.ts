import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Sweep } from '@groundwork/contracts';
import type { Sweeps, StoredSweep } from '../ports/sweeps.ts';
import { isAbsent, lostTheRace, unquote } from './s3-errors.ts';

const PREFIX = 'sweeps/';

/** One JSON object per sweep, beside the manifests. */
export function createS3Sweeps(s3: S3Client, bucket: string): Sweeps {
  const keyOf = (id: string) => `${PREFIX}${id}.json`;

  async function put(sweep: Sweep, condition: { IfMatch: string } | { IfNoneMatch: '*' }): Promise<boolean> {
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: keyOf(sweep.id),
          Body: JSON.stringify(sweep),
          ContentType: 'application/json',
          ...condition,
        }),
      );
      return true;
    } catch (error) {
      if (lostTheRace(error) || isAbsent(error)) return false;
      throw error;
    }
  }

  async function read(id: string): Promise<StoredSweep | undefined> {
    try {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(id) }));
      const text = (await Body?.transformToString()) ?? '';
      return { sweep: Sweep.parse(JSON.parse(text)), etag: unquote(ETag) };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  return {
    read,
    create: (sweep) => put(sweep, { IfNoneMatch: '*' }),
    swap: (sweep, expectedEtag) => put(sweep, { IfMatch: `"${expectedEtag}"` }),
    async list(kind, after, limit) {
      const { Contents = [], IsTruncated = false } = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${PREFIX}${kind}-`,
          MaxKeys: limit,
          ...(after === undefined ? {} : { StartAfter: keyOf(after) }),
        }),
      );
      const ids = Contents.map(({ Key = '' }) => Key.slice(PREFIX.length, -'.json'.length));
      const sweeps = await Promise.all(ids.map(read));
      return {
        items: sweeps.flatMap((stored) => stored?.sweep ?? []),
        next: IsTruncated ? ids.at(-1) : undefined,
      };
    },
  };
}
