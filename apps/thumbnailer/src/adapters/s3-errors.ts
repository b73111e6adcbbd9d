import { S3ServiceException } from '@aws-sdk/client-s3';

/** The HTTP status that S3 answered with, if it did. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** The object is not there. A missing *bucket* is somebody's mistake and stays an error. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket';
}

/** 412: the precondition did not hold. 409: another conditional write was under way. */
export function lostTheRace(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409;
}

export function unquote(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
