import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TransferError } from '../../ports/staging.ts';

/** What says the MD5 of an object, or that there is something better. */
type Described = Pick<
  GetObjectCommandOutput,
  'ETag' | 'ServerSideEncryption' | 'SSECustomerAlgorithm' | (typeof CHECKSUMS)[number]
>;

/**
 * In hex, of an object that has no checksum, as those have which were stored before December 2024. An ETag
 * is the MD5 of what was put in one part, unless it was encrypted by KMS or with a key of the client's.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function md5Of(object: Described): string | undefined {
  const etag = object.ETag?.replaceAll('"', '') ?? '';
  const isMd5 =
    /^[0-9a-f]{32}$/.test(etag) &&
    !object.ServerSideEncryption?.startsWith('aws:kms') &&
    object.SSECustomerAlgorithm === undefined;
  const hasChecksum = CHECKSUMS.some((name) => object[name] !== undefined);
  return isMd5 && !hasChecksum ? etag : undefined;
}

/** Lets an object through and fails at its end where its MD5 is another one; a checksum the SDK compares. */
export function md5Check(place: string, object: GetObjectCommandOutput): Transform[] {
  const expected = md5Of(object);
  if (expected === undefined) return [];
  const hash = createHash('md5');
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const is = hash.digest('hex');
      const problem = `${place} came with the MD5 ${is} instead of ${expected}`;
      done(is === expected ? null : new TransferError('unavailable', problem));
    },
  });
  return [check];
}

const CHECKSUMS = [
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;
