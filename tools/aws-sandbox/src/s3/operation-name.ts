import type { IncomingMessage } from 'node:http';

/** Subresources as they stand in the query string, and their name in the API. */
const SUBRESOURCES: Readonly<Record<string, string>> = {
  accelerate: 'AccelerateConfiguration',
  acl: 'Acl',
  analytics: 'AnalyticsConfiguration',
  attributes: 'Attributes',
  cors: 'Cors',
  encryption: 'Encryption',
  inventory: 'InventoryConfiguration',
  'intelligent-tiering': 'IntelligentTieringConfiguration',
  'legal-hold': 'LegalHold',
  lifecycle: 'LifecycleConfiguration',
  location: 'Location',
  logging: 'Logging',
  metrics: 'MetricsConfiguration',
  notification: 'NotificationConfiguration',
  'object-lock': 'LockConfiguration',
  ownershipControls: 'OwnershipControls',
  policy: 'Policy',
  policyStatus: 'PolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'Replication',
  requestPayment: 'RequestPayment',
  restore: 'Restore',
  retention: 'Retention',
  select: 'Content',
  tagging: 'Tagging',
  torrent: 'Torrent',
  versioning: 'Versioning',
  website: 'Website',
};

const VERBS: Readonly<Record<string, string>> = {
  GET: 'Get',
  HEAD: 'Head',
  PUT: 'Put',
  DELETE: 'Delete',
  POST: 'Post',
};

/** The API name of what a request asks for, whether the sandbox has it or not. */
export function operationName(
  req: IncomingMessage,
  query: URLSearchParams,
  target: { bucket?: string; key?: string },
): string {
  const method = req.method ?? 'GET';
  const verb = VERBS[method] ?? method;
  if (target.bucket === undefined) return method === 'GET' ? 'ListBuckets' : `${verb}Service`;
  const noun = target.key === undefined ? 'Bucket' : 'Object';
  for (const [name, api] of Object.entries(SUBRESOURCES)) if (query.has(name)) return `${verb}${noun}${api}`;
  if (target.key === undefined) return bucketOperation(method, verb, query);
  return objectOperation(req, method, verb, query);
}

function bucketOperation(method: string, verb: string, query: URLSearchParams): string {
  if (method === 'PUT') return 'CreateBucket';
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : 'PostObject';
  if (method !== 'GET') return `${verb}Bucket`;
  if (query.has('versions'))
    return query.has('delimiter') ? 'ListObjectVersions with a delimiter' : 'ListObjectVersions';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

function objectOperation(req: IncomingMessage, method: string, verb: string, query: URLSearchParams): string {
  const copy = req.headers['x-amz-copy-source'] !== undefined;
  const upload = query.has('uploadId');
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (method === 'POST' && upload) return 'CompleteMultipartUpload';
  if (method === 'PUT' && upload) return copy ? 'UploadPartCopy' : 'UploadPart';
  if (method === 'DELETE' && upload) return 'AbortMultipartUpload';
  if (method === 'GET' && upload) return 'ListParts';
  if (method === 'PUT' && copy) return 'CopyObject';
  return `${verb}Object`;
}
