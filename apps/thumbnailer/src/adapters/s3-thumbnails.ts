import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Manifest } from '@groundwork/contracts';
import { IMMUTABLE, manifestKey } from '../domain/keys.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import { isAbsent, lostTheRace, statusOf, unquote } from './s3-errors.ts';

export function createS3Thumbnails(s3: S3Client, bucket: string): Thumbnails {
  return {
    async readManifest(ref) {
      try {
        const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: manifestKey(ref) }));
        const text = (await Body?.transformToString()) ?? '';
        return { manifest: readable(text), etag: unquote(ETag) };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },

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

    async putImage(key, rendition) {
      try {
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: rendition.bytes,
            ContentType: `image/${rendition.encoding.format}`,
            CacheControl: IMMUTABLE,
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
  };
}

/** What another version wrote may lack what this one needs: then it is made again, not an error. */
function readable(text: string): Manifest | undefined {
  try {
    return Manifest.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
