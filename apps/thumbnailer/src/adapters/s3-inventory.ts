import { HeadObjectCommand, ListObjectsV2Command, type S3Client, type _Object } from '@aws-sdk/client-s3';
import { DERIVATIVES, MANIFESTS, sourceHashIn } from '../domain/keys.ts';
import { mapConcurrently } from '../domain/map-concurrently.ts';
import type { Inventory, StoredSource } from '../ports/inventory.ts';
import { isAbsent, unquote } from './s3-errors.ts';
import { manifestUnder, sourceOfNote } from './s3-thumbnails.ts';

/** Images held in memory for one page of sources. */
const MAX_IMAGES = 10_000;
const READS = 16;
/** After every key that begins with the hash and a slash. */
const END = '/~';

export function createS3Inventory(s3: S3Client, buckets: { uploads: string; thumbnails: string }): Inventory {
  const list = async (bucket: string, prefix: string, after: string | undefined, limit: number) => {
    const { Contents = [], IsTruncated = false } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after, MaxKeys: limit }),
    );
    return { items: Contents, more: IsTruncated };
  };

  /** Images by source, from the one after `after` up to the one called `last` or as many as fit. */
  async function images(after: string | undefined, last: string | undefined) {
    const found = new Map<string, StoredSource['images']>();
    let from = after === undefined ? undefined : `${DERIVATIVES}${after}${END}`;
    for (let count = 0; ;) {
      const { items, more } = await list(buckets.thumbnails, DERIVATIVES, from, 1_000);
      for (const item of items) {
        const hash = sourceHashIn(item.Key ?? '');
        if (last !== undefined && hash > last) return { found, complete: last };
        const known = found.get(hash) ?? [];
        known.push(stored(item));
        found.set(hash, known);
        count += 1;
      }
      if (!more) return { found, complete: last };
      from = items.at(-1)?.Key;
      if (count >= MAX_IMAGES && found.size > 1) {
        // The last source may go on in the next page of the listing.
        const partial = [...found.keys()].at(-1) ?? '';
        found.delete(partial);
        return { found, complete: [...found.keys()].at(-1) };
      }
    }
  }

  return {
    async uploads(prefix, after, limit) {
      const { items, more } = await list(buckets.uploads, prefix, after, limit);
      const uploads = items.map(({ Key = '', ETag, LastModified = new Date(0) }) => ({
        key: Key,
        etag: unquote(ETag),
        lastModified: LastModified,
      }));
      return { items: uploads, next: more ? uploads.at(-1)?.key : undefined };
    },

    async stored(after, limit) {
      const from = after === undefined ? undefined : `${MANIFESTS}${after}.json`;
      const { items, more } = await list(buckets.thumbnails, MANIFESTS, from, limit);
      const listed = items.map(({ Key = '' }) => sourceHashIn(Key));
      const { found, complete } = await images(after, more ? listed.at(-1) : undefined);
      const manifests = listed.filter((hash) => complete === undefined || hash <= complete);
      const hashes = [...new Set([...manifests, ...found.keys()])].toSorted();
      const sources = await mapConcurrently(hashes, READS, async (hash): Promise<StoredSource> => ({
        manifest: await manifestUnder(s3, buckets.thumbnails, `${MANIFESTS}${hash}.json`),
        images: found.get(hash) ?? [],
      }));
      return { items: sources, next: complete };
    },

    async sourceOf(imageKey) {
      try {
        const { Metadata } = await s3.send(
          new HeadObjectCommand({ Bucket: buckets.thumbnails, Key: imageKey }),
        );
        return sourceOfNote(Metadata?.['source']);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
  };
}

function stored({ Key = '', LastModified = new Date(0) }: _Object) {
  return { key: Key, storedAt: LastModified };
}
