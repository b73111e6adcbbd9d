import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { statusOf } from './s3-errors.ts';

/**
 * Rejects when a bucket cannot be used, and says how to mend it. Without it a bucket
 * that is missing would look like one from which everything was deleted: the answer to
 * a HEAD has no body that could tell NoSuchBucket from NoSuchKey.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export function createBucketCheck(s3: S3Client, bucket: string): () => Promise<void> {
  return async () => {
    try {
      await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    } catch (error) {
      throw new Error(sentence(bucket, error), { cause: error });
    }
  };
}

function sentence(bucket: string, error: unknown): string {
  const status = statusOf(error);
  if (status === 404)
    return `There is no bucket ${bucket}: create it, or correct UPLOADS_BUCKET or THUMBNAILS_BUCKET.`;
  if (status === 403) {
    return (
      `The bucket ${bucket} refuses us: allow s3:ListBucket on it. ` +
      'Without that S3 answers 403 instead of 404 for objects that are not there.'
    );
  }
  if (status === 301) return `The bucket ${bucket} is in another region: correct AWS_REGION.`;
  return `The bucket ${bucket} cannot be looked at: ${error instanceof Error ? error.message : String(error)}`;
}
