import { encodeS3Key } from '@groundwork/contracts';

/** A change that has happened, before it takes any wire format. */
export interface ObjectEvent {
  /** Without `s3:`. */
  name: string;
  bucket: string;
  key: string;
  size?: number;
  etag?: string;
  /** On versioned buckets. */
  versionId?: string;
  sequencer: string;
  time: string;
  requestId: string;
  sourceIp: string;
}

const REGION = 'us-east-1';
const PRINCIPAL = '000000000000';

/** The record of a direct notification. */
export function toS3Record(event: ObjectEvent, configurationId: string): Record<string, unknown> {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: REGION,
    eventTime: event.time,
    eventName: event.name,
    userIdentity: { principalId: PRINCIPAL },
    requestParameters: { sourceIPAddress: event.sourceIp },
    responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': 'sandbox' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: event.bucket,
        ownerIdentity: { principalId: PRINCIPAL },
        arn: `arn:aws:s3:::${event.bucket}`,
      },
      object: {
        key: encodeS3Key(event.key),
        ...(event.size === undefined ? {} : { size: event.size }),
        ...(event.etag === undefined ? {} : { eTag: event.etag }),
        ...(event.versionId === undefined ? {} : { versionId: event.versionId }),
        sequencer: event.sequencer,
      },
    },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
};

/** The event on the default bus. */
export function toEventBridge(event: ObjectEvent, id: string): Record<string, unknown> {
  const created = event.name.startsWith('ObjectCreated:');
  return {
    version: '0',
    id,
    'detail-type': created ? 'Object Created' : 'Object Deleted',
    source: 'aws.s3',
    account: PRINCIPAL,
    time: event.time,
    region: REGION,
    resources: [`arn:aws:s3:::${event.bucket}`],
    detail: {
      version: '0',
      bucket: { name: event.bucket },
      object: {
        key: event.key,
        ...(event.size === undefined ? {} : { size: event.size }),
        ...(event.etag === undefined ? {} : { etag: event.etag }),
        ...(event.versionId === undefined ? {} : { 'version-id': event.versionId }),
        sequencer: event.sequencer,
      },
      'request-id': event.requestId,
      requester: PRINCIPAL,
      'source-ip-address': event.sourceIp,
      ...(created
        ? { reason: REASONS[event.name] ?? 'PutObject' }
        : {
            reason: 'DeleteObject',
            'deletion-type':
              event.name === 'ObjectRemoved:DeleteMarkerCreated'
                ? 'Delete Marker Created'
                : 'Permanently Deleted',
          }),
    },
  };
}

export function testEvent(bucket: string, requestId: string): Record<string, string> {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date().toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: 'sandbox',
  };
}

/** Hexadecimal and growing per key, as AWS promises; here it even grows per bucket. */
export function sequencer(seq: number): string {
  return `00${seq.toString(16).toUpperCase().padStart(14, '0')}`;
}
