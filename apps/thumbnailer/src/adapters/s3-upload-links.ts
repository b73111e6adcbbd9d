import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { UploadLink, UploadLinks } from '../ports/upload-links.ts';

/**
 * Adds no checksum of its own: it would be that of the empty body that is signed. AWS ignores it
 * in a URL, other stores refuse the upload. https://github.com/localstack/localstack/issues/12169
 */
export class SigningS3Client extends S3Client {
  constructor(config: S3ClientConfig) {
    super({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
  }
}

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
