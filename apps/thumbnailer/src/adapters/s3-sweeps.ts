import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Sweep, type SweepKind } from '@groundwork/contracts';
import { mapConcurrently } from '../domain/map-concurrently.ts';
import type { Sweeps, StoredSweep } from '../ports/sweeps.ts';
import { isAbsent, lostTheRace, unquote } from './s3-errors.ts';

const PREFIX = 'sweeps/';
/** Sweeps of one kind that are listed: what one LIST gives. */
const MAX_LISTED = 1_000;
const READS = 16;

/**
 * One JSON object per sweep, beside the manifests. Nothing needs those that have ended but
 * who looks back: a lifecycle rule on `sweeps/` may remove them, for example after 90 days.
 * Above 1,000 of a kind, the list leaves some out.
 */
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

  async function load(id: string): Promise<{ text: string; etag: string } | undefined> {
    try {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(id) }));
      return { text: (await Body?.transformToString()) ?? '', etag: unquote(ETag) };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Ids of a kind, the one that moved last first. */
  async function newestFirst(kind: SweepKind): Promise<string[]> {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: `${PREFIX}${kind}-`, MaxKeys: MAX_LISTED }),
    );
    return Contents.map(({ Key = '', LastModified }) => ({
      id: Key.slice(PREFIX.length, -'.json'.length),
      movedAt: LastModified?.getTime() ?? 0,
    }))
      .toSorted((a, b) => b.movedAt - a.movedAt)
      .map(({ id }) => id);
  }

  return {
    async read(id): Promise<StoredSweep | undefined> {
      const stored = await load(id);
      return stored && { sweep: Sweep.parse(JSON.parse(stored.text)), etag: stored.etag };
    },
    create: (sweep) => put(sweep, { IfNoneMatch: '*' }),
    swap: (sweep, expectedEtag) => put(sweep, { IfMatch: `"${expectedEtag}"` }),
    async list(kind, after, limit) {
      const ids = await newestFirst(kind);
      // One that is not there any more has nothing after it.
      const from = after === undefined ? 0 : ids.indexOf(after) + 1 || ids.length;
      const page = ids.slice(from, from + limit);
      const stored = await mapConcurrently(page, READS, load);
      return {
        items: stored.flatMap((one) => readable(one?.text) ?? []),
        next: from + limit < ids.length ? page.at(-1) : undefined,
      };
    },
  };
}

/** What another version wrote may lack what this one needs: it is left out, the others are still there. */
function readable(text: string | undefined): Sweep | undefined {
  try {
    return Sweep.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
