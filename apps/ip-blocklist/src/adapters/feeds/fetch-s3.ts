import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Truncated, type Fetched, type Validators } from '../../ports/feeds.ts';
import type { UrlLimits } from './fetch-url.ts';
import { collect, unpack } from './unpack.ts';

/** Gets a list from `s3://bucket/key`; percent-escapes in the key are understood. */
export async function fetchObject(
  s3: S3Client,
  from: string,
  known: Validators | undefined,
  { maxBytes, timeoutSeconds }: UrlLimits,
  stopping: AbortSignal,
): Promise<Fetched> {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(from) ?? [];
  const abortSignal = AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1_000), stopping]);
  try {
    const object = new GetObjectCommand({
      Bucket: bucket,
      Key: decodeURIComponent(key),
      ...(known?.etag == null ? {} : { IfNoneMatch: known.etag }),
    });
    const { Body, ContentLength, ContentEncoding, ETag } = await s3.send(object, { abortSignal });
    const body = await collect(Body as unknown as AsyncIterable<Uint8Array>, maxBytes);
    if (ContentLength !== undefined && body.length !== ContentLength) {
      throw new Truncated(`it is truncated: ${body.length} of ${ContentLength} bytes came`);
    }
    return {
      kind: 'copy',
      bytes: await unpack(body, ContentEncoding, maxBytes),
      validators: { etag: ETag ?? null, lastModified: null },
    };
  } catch (error) {
    // The SDK takes "not modified" for an error.
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 304 && known !== undefined) return { kind: 'unchanged' };
    throw error;
  }
}
