import { decodeS3Key, type S3EventRecord } from '@groundwork/contracts';
import { compact, type ObjectChange } from './object-change.ts';

export function fromS3Record(record: S3EventRecord): ObjectChange {
  const { object, bucket } = record.s3;
  return compact<ObjectChange>({
    bucket: bucket.name,
    key: decodeS3Key(object.key),
    event: record.eventName,
    versionId: object.versionId,
    sequencer: object.sequencer,
    etag: object.eTag,
    size: object.size,
    time: record.eventTime,
    requestId: record.responseElements?.['x-amz-request-id'],
  });
}
