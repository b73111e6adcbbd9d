import { TransferError } from '../../ports/staging.ts';

export interface Location {
  bucket: string;
  key: string;
}

/** Throws TransferError where it is none. */
export function locationOf(place: string): Location {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(place) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new TransferError('unfit', `${place} is no place in S3: write s3://bucket/key`);
  }
  return { bucket, key };
}

export const placeOf = ({ bucket, key }: Location): string => `s3://${bucket}/${key}`;
