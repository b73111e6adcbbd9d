import type { IncomingMessage } from 'node:http';
import type { Reply } from '../http/reply.ts';
import { s3Document, type XmlNode } from '../http/xml.ts';
import type { Blobs } from './blobs.ts';
import type { Multipart } from './multipart-store.ts';
import type { Notifier } from './notifications/notifier.ts';
import type { S3Store, Version } from './store.ts';

/** The parts of S3 an operation works with. */
export interface S3Services {
  store: S3Store;
  blobs: Blobs;
  multipart: Multipart;
  notifier: Notifier;
}

/** One request, with its addressing already understood. */
export interface S3Request extends S3Services {
  req: IncomingMessage;
  operation: string;
  query: URLSearchParams;
  /** Empty for operations above bucket level. */
  bucket: string;
  /** Empty for operations above object level. */
  key: string;
  requestId: string;
  sourceIp: string;
}

export type S3Operation = (request: S3Request) => Promise<Reply> | Reply;

export function xmlReply(root: string, content: XmlNode, headers: Record<string, string> = {}): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: s3Document(root, content),
  };
}

export function header(request: S3Request, name: string): string | undefined {
  const value = request.req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** The whole request body as text; for the small XML documents of the API. */
export async function readText(request: S3Request): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request.req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export const quoted = (etag: string): string => `"${etag}"`;

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Versioned buckets only: elsewhere S3 does not mention version ids. */
export function versionHeader(request: S3Request, version: Version): Record<string, string> {
  return request.store.bucket(request.bucket).versioning === ''
    ? {}
    : { 'x-amz-version-id': version.version_id };
}
