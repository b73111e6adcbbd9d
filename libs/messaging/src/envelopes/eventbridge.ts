import type { EventBridgeS3Event } from '@groundwork/contracts';
import { compact, type ObjectChange } from './object-change.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html */
const CREATED: Readonly<Record<string, string>> = {
  PutObject: 'ObjectCreated:Put',
  'POST Object': 'ObjectCreated:Post',
  CopyObject: 'ObjectCreated:Copy',
  CompleteMultipartUpload: 'ObjectCreated:CompleteMultipartUpload',
};

const OTHER: Readonly<Record<string, string>> = {
  'Object Restore Initiated': 'ObjectRestore:Post',
  'Object Restore Completed': 'ObjectRestore:Completed',
  'Object Restore Expired': 'ObjectRestore:Delete',
  'Object Storage Class Changed': 'LifecycleTransition',
  'Object Access Tier Changed': 'IntelligentTiering',
  'Object ACL Updated': 'ObjectAcl:Put',
  'Object Tags Added': 'ObjectTagging:Put',
  'Object Tags Deleted': 'ObjectTagging:Delete',
};

export function fromEventBridge(event: EventBridgeS3Event): ObjectChange {
  const { object, bucket } = event.detail;
  return compact<ObjectChange>({
    bucket: bucket.name,
    key: object.key,
    event: eventName(event),
    versionId: object['version-id'],
    sequencer: object.sequencer,
    etag: object.etag,
    size: object.size,
    time: event.time,
    requestId: event.detail['request-id'],
  });
}

function eventName(event: EventBridgeS3Event): string {
  const kind = event['detail-type'];
  if (kind === 'Object Created') return CREATED[event.detail.reason ?? ''] ?? 'ObjectCreated:Put';
  if (kind === 'Object Deleted') {
    const family = event.detail.reason === 'Lifecycle Expiration' ? 'LifecycleExpiration' : 'ObjectRemoved';
    const marker = event.detail['deletion-type'] === 'Delete Marker Created';
    return `${family}:${marker ? 'DeleteMarkerCreated' : 'Delete'}`;
  }
  return OTHER[kind] ?? kind;
}
