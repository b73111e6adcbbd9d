import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Focus } from '@groundwork/contracts';
import type { Sources } from '../ports/sources.ts';
import { isAbsent, lostTheRace, unquote } from './s3-errors.ts';

export function createS3Sources(s3: S3Client): Sources {
  return {
    async head({ bucket, key }) {
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        const focus = focusIn(head.Metadata?.['focus']);
        return {
          etag: unquote(head.ETag),
          bytes: head.ContentLength ?? 0,
          lastModified: (head.LastModified ?? new Date(0)).toISOString(),
          ...(focus === undefined ? {} : { focus }),
          ...(head.VersionId === undefined || head.VersionId === 'null' ? {} : { versionId: head.VersionId }),
        };
      } catch (error) {
        // Also when the bucket is missing, which a HEAD cannot tell: s3-buckets.ts keeps that from happening.
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },

    async read({ bucket, key }, version, signal) {
      try {
        // Without a version id and with If-Match: only as long as it is the current one.
        const { Body } = await s3.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${version.etag}"` }),
          { abortSignal: signal },
        );
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isAbsent(error) || lostTheRace(error)) return undefined;
        throw error;
      }
    },
  };
}

/** `x-amz-meta-focus: 0.5,0.3`. What cannot be read counts as not given: the picture is worth more than its crop. */
function focusIn(text: string | undefined): Focus | undefined {
  const [, x, y] = /^\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*$/.exec(text ?? '') ?? [];
  if (x === undefined || y === undefined) return undefined;
  return { x: Math.min(1, Number(x)), y: Math.min(1, Number(y)) };
}
