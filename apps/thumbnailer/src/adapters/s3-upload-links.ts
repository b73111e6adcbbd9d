import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { UploadLink, UploadLinks } from '../ports/upload-links.ts';

/** The client must not add checksums of its own: they would be those of the empty body it signs. */
export function createS3UploadLinks(s3: S3Client, bucket: string, now: () => Date): UploadLinks {
  return {
    async create({ key, contentType, bytes, overwrite, expiresInSeconds }): Promise<UploadLink> {
      const headers = {
        'content-type': contentType,
        ...(overwrite ? {} : { 'if-none-match': '*' }),
      };
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ContentLength: bytes,
        ...(overwrite ? {} : { IfNoneMatch: '*' }),
      });
      const signed = new Set(['content-length', ...Object.keys(headers)]);
      const url = await getSignedUrl(s3, command, {
        expiresIn: expiresInSeconds,
        signableHeaders: signed,
        unhoistableHeaders: signed,
      });
      return { url, headers, expiresAt: new Date(now().getTime() + expiresInSeconds * 1000) };
    },
  };
}
