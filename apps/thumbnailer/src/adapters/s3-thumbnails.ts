import type { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Manifest } from '@groundwork/contracts';
import { z } from 'zod';
import { IMMUTABLE, imagesOf, manifestKey } from '../domain/keys.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { StoredManifest, Thumbnails } from '../ports/thumbnails.ts';
import { isAbsent, lostTheRace, statusOf, unquote } from './s3-errors.ts';

export function createS3Thumbnails(s3: S3Client, bucket: string): Thumbnails {
  return {
    readManifest: (ref) => manifestUnder(s3, bucket, manifestKey(ref)),

    async swapManifest(manifest, expectedEtag) {
      try {
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: manifestKey(manifest),
            Body: JSON.stringify(manifest),
            ContentType: 'application/json',
            CacheControl: 'no-store',
            ...(expectedEtag === undefined ? { IfNoneMatch: '*' } : { IfMatch: `"${expectedEtag}"` }),
          }),
        );
        return true;
      } catch (error) {
        // 404 is If-Match on a manifest that somebody has removed.
        if (lostTheRace(error) || isAbsent(error)) return false;
        throw error;
      }
    },

    async putImage(key, rendition, ref) {
      try {
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: rendition.bytes,
            ContentType: `image/${rendition.encoding.format}`,
            CacheControl: `public, ${IMMUTABLE}`,
            Metadata: { source: sourceNote(ref) },
            IfNoneMatch: '*',
          }),
        );
      } catch (error) {
        if (!lostTheRace(error)) throw error;
        const { ETag, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return { etag: unquote(ETag), bytes: ContentLength ?? 0 };
      }
      return { etag: rendition.etag, bytes: rendition.bytes.length };
    },

    async readImage(key, range) {
      try {
        const object = await s3.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(range === undefined ? {} : { Range: range }),
          }),
        );
        return {
          body: object.Body as Readable,
          bytes: object.ContentLength ?? 0,
          contentType: object.ContentType ?? 'application/octet-stream',
          etag: unquote(object.ETag),
          ...(object.ContentRange === undefined ? {} : { contentRange: object.ContentRange }),
        };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        // An unsatisfiable range: the whole image is an allowed answer (RFC 9110 section 14.2).
        if (statusOf(error) === 416) return this.readImage(key, undefined);
        throw error;
      }
    },

    async listImages(ref) {
      const images: { key: string; storedAt: Date }[] = [];
      for await (const page of paginateListObjectsV2(
        { client: s3 },
        { Bucket: bucket, Prefix: imagesOf(ref) },
      )) {
        for (const { Key = '', LastModified = new Date(0) } of page.Contents ?? []) {
          images.push({ key: Key, storedAt: LastModified });
        }
      }
      return images;
    },

    async removeImages(keys) {
      for (let at = 0; at < keys.length; at += MAX_DELETES) {
        const Objects = keys.slice(at, at + MAX_DELETES).map((Key) => ({ Key }));
        const { Errors = [] } = await s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = Errors;
        if (first !== undefined)
          throw new Error(`${first.Key} cannot be removed: ${first.Code} ${first.Message}`);
      }
    },
  };
}

/** What S3 takes in one DeleteObjects. */
const MAX_DELETES = 1_000;

/** Base64, because metadata are ASCII of at most 2 KB and a key may be 1,024 bytes of anything. */
export function sourceNote({ bucket, key }: ObjectRef): string {
  return Buffer.from(JSON.stringify([bucket, key])).toString('base64');
}

export function sourceOfNote(note: string | undefined): ObjectRef | undefined {
  if (note === undefined) return undefined;
  const [bucket, key] = JSON.parse(Buffer.from(note, 'base64').toString()) as [string, string];
  return { bucket, key };
}

export async function manifestUnder(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<StoredManifest | undefined> {
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const text = (await Body?.transformToString()) ?? '';
    return { ...readable(text), etag: unquote(ETag) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const Remains = z.object({ revision: z.int().catch(0), generation: z.int().catch(0) });

/** What another version wrote may lack what this one needs: then it is made again, not an error. */
function readable(text: string): Omit<StoredManifest, 'etag'> {
  try {
    const json: unknown = JSON.parse(text);
    return { manifest: Manifest.safeParse(json).data, ...Remains.parse(json) };
  } catch {
    return { manifest: undefined, revision: 0, generation: 0 };
  }
}
