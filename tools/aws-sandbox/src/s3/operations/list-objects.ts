import { AwsError } from '../../http/aws-error.ts';
import { isoTime, quoted, xmlReply, type S3Operation, type S3Request } from '../request.ts';
import type { Version } from '../store.ts';

const MAX_KEYS = 1_000;
/** Sorts after every key that has the string before it as a prefix. */
const AFTER_ALL = '\u{10FFFF}';
/** Appended to a key: the smallest string that sorts after it. */
const NEXT = '\u0000';

/** Tells a token that was given out from any other text. */
const TOKEN_MARK = 'after:';

interface Page {
  contents: Version[];
  prefixes: string[];
  /** The last key or prefix on the page, when there is more. */
  next?: string;
}

export const listObjectsV2: S3Operation = (request) => {
  const { query } = request;
  const common = parameters(request);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const page = collect(request, common, token === null ? startAfter : decodeToken(token));
  const encode = encoder(query);
  return xmlReply('ListBucketResult', {
    Name: request.bucket,
    Prefix: encode(common.prefix),
    ...(common.delimiter === '' ? {} : { Delimiter: encode(common.delimiter) }),
    ...(startAfter === '' ? {} : { StartAfter: encode(startAfter) }),
    ...(query.has('encoding-type') ? { EncodingType: 'url' } : {}),
    ...(token === null ? {} : { ContinuationToken: token }),
    MaxKeys: common.maxKeys,
    KeyCount: page.contents.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ...(page.next === undefined ? {} : { NextContinuationToken: encodeToken(page.next) }),
    Contents: page.contents.map((version) => entry(version, encode)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
};

export const listObjects: S3Operation = (request) => {
  const { query } = request;
  const common = parameters(request);
  const marker = query.get('marker') ?? '';
  const page = collect(request, common, marker);
  const encode = encoder(query);
  return xmlReply('ListBucketResult', {
    Name: request.bucket,
    Prefix: encode(common.prefix),
    Marker: encode(marker),
    ...(common.delimiter === '' ? {} : { Delimiter: encode(common.delimiter) }),
    ...(query.has('encoding-type') ? { EncodingType: 'url' } : {}),
    MaxKeys: common.maxKeys,
    IsTruncated: page.next !== undefined,
    ...(page.next !== undefined && common.delimiter !== '' ? { NextMarker: encode(page.next) } : {}),
    Contents: page.contents.map((version) => entry(version, encode)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
};

export function parameters(request: S3Request): { prefix: string; delimiter: string; maxKeys: number } {
  request.store.bucket(request.bucket);
  const asked = Number(request.query.get('max-keys') ?? MAX_KEYS);
  if (!Number.isInteger(asked) || asked < 0) {
    throw new AwsError(400, 'InvalidArgument', 'Provided max-keys not an integer or within integer range');
  }
  return {
    prefix: request.query.get('prefix') ?? '',
    delimiter: request.query.get('delimiter') ?? '',
    maxKeys: Math.min(MAX_KEYS, asked),
  };
}

/** With `encoding-type=url`, keys that XML cannot carry come percent-encoded. */
export function encoder(query: URLSearchParams): (text: string) => string {
  if (query.get('encoding-type') !== 'url') return (text) => text;
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function collect(request: S3Request, common: ReturnType<typeof parameters>, after: string): Page {
  const { prefix, delimiter, maxKeys } = common;
  const page: Page = { contents: [], prefixes: [] };
  // A common prefix that the last page ended with stands for all its keys.
  const skipsPrefix = delimiter !== '' && after.endsWith(delimiter) && after.startsWith(prefix);
  let from = after === '' ? '' : after + (skipsPrefix ? AFTER_ALL : NEXT);
  if (compareUtf8(prefix, from) > 0) from = prefix;
  let last = '';
  for (;;) {
    const version = request.store.firstKeyFrom(request.bucket, from);
    if (version === undefined || !version.key.startsWith(prefix)) return page;
    if (page.contents.length + page.prefixes.length >= maxKeys) {
      if (maxKeys > 0) page.next = last;
      return page;
    }
    const cut = delimiter === '' ? -1 : version.key.indexOf(delimiter, prefix.length);
    if (cut === -1) {
      page.contents.push(version);
      last = version.key;
      from = version.key + NEXT;
    } else {
      last = version.key.slice(0, cut + delimiter.length);
      page.prefixes.push(last);
      from = last + AFTER_ALL;
    }
  }
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function entry(version: Version, encode: (text: string) => string) {
  return {
    Key: encode(version.key),
    LastModified: isoTime(version.modified),
    ETag: quoted(version.etag),
    Size: version.size,
    StorageClass: 'STANDARD',
  };
}

function encodeToken(key: string): string {
  return Buffer.from(`${TOKEN_MARK}${key}`).toString('base64');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text.startsWith(TOKEN_MARK)) return text.slice(TOKEN_MARK.length);
  throw new AwsError(400, 'InvalidArgument', 'The continuation token provided is incorrect', {
    members: { ArgumentName: 'continuation-token' },
  });
}
