import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../http/aws-error.ts';

/** Response headers that an object keeps, and that a GET may override. */
export const STORED_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
/** Names and values together. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_USER_METADATA_BYTES = 2_048;
const DEFAULT_TYPE = 'binary/octet-stream';

/** The request headers that S3 keeps with an object and gives back on GET. */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = { 'content-type': DEFAULT_TYPE };
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue;
    if (STORED_HEADERS.includes(name)) stored[name] = value;
    if (name.startsWith('x-amz-meta-')) {
      metadataBytes += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value);
      stored[name] = value;
    }
  }
  if (metadataBytes > MAX_USER_METADATA_BYTES) {
    throw new AwsError(
      400,
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
    );
  }
  // `aws-chunked` describes the transfer, not the object.
  const encoding = (stored['content-encoding'] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item !== 'aws-chunked')
    .join(',');
  if (encoding === '') delete stored['content-encoding'];
  else stored['content-encoding'] = encoding;
  return stored;
}
