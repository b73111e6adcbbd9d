import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Sources } from '../ports/sources.ts';
import { isAbsent, lostTheRace, unquote } from './s3-errors.ts';

export function createS3Sources(s3: S3Client): Sources {
  return {
    async head({ bucket, key }) {
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return {
          etag: unquote(head.ETag),
          bytes: head.ContentLength ?? 0,
          lastModified: (head.LastModified ?? new Date(0)).toISOString(),
          ...(head.VersionId === undefined || head.VersionId === 'null' ? {} : { versionId: head.VersionId }),
        };
      } catch (error) {
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
