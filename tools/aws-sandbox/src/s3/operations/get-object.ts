import { AwsError } from '../../http/aws-error.ts';
import type { Reply } from '../../http/reply.ts';
import { checkRead } from '../preconditions.ts';
import { header, quoted, versionHeader, type S3Operation, type S3Request } from '../request.ts';
import { STORED_HEADERS } from '../stored-headers.ts';
import type { Version } from '../store.ts';

/** The version a read is about; throws 404 or 405 like S3 does for what is not there. */
export function findVersion(request: S3Request, versionId: string | null): Version {
  const { store, bucket, key } = request;
  store.bucket(bucket);
  const version = versionId === null ? store.latest(bucket, key) : store.version(bucket, key, versionId);
  if (version === undefined) {
    throw versionId === null
      ? new AwsError(404, 'NoSuchKey', 'The specified key does not exist.', { members: { Key: key } })
      : new AwsError(404, 'NoSuchVersion', 'The specified version does not exist.', {
          members: { Key: key, VersionId: versionId },
        });
  }
  if (version.marker === 0) return version;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.version_id };
  if (versionId === null) {
    throw new AwsError(404, 'NoSuchKey', 'The specified key does not exist.', {
      headers,
      members: { Key: key },
    });
  }
  throw new AwsError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    headers: { ...headers, allow: 'DELETE' },
  });
}

export const getObject: S3Operation = async (request) => {
  const version = findVersion(request, request.query.get('versionId'));
  const headers = objectHeaders(request, version);
  if (checkRead(request.req.headers, version)) return { status: 304, headers };
  const range = byteRange(header(request, 'range'), version.size);
  const bytes = range ?? { start: 0, end: version.size - 1 };
  const length = bytes.end - bytes.start + 1;
  const reply: Reply =
    range === undefined
      ? { status: 200, headers: { ...headers, 'content-length': String(length) } }
      : {
          status: 206,
          headers: {
            ...withoutChecksum(headers),
            'content-length': String(length),
            'content-range': `bytes ${bytes.start}-${bytes.end}/${version.size}`,
          },
        };
  if (request.req.method === 'HEAD') return { ...reply, body: '' };
  return { ...reply, body: length === 0 ? '' : await request.blobs.read(version.blob ?? '', bytes) };
};

function objectHeaders(request: S3Request, version: Version): Record<string, string> {
  const stored = JSON.parse(version.headers) as Record<string, string>;
  const checksum =
    version.checksum === null
      ? undefined
      : (JSON.parse(version.checksum) as { name: string; value: string; type?: string });
  const wantsChecksum = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    ...stored,
    ...responseOverrides(request.query),
    etag: quoted(version.etag),
    'last-modified': new Date(version.modified).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeader(request, version),
    ...(wantsChecksum && checksum !== undefined
      ? {
          [`x-amz-checksum-${checksum.name}`]: checksum.value,
          'x-amz-checksum-type': checksum.type ?? 'FULL_OBJECT',
        }
      : {}),
  };
}

/** `?response-content-type=…` and its siblings, as presigned download links use them. */
function responseOverrides(query: URLSearchParams): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = query.get(`response-${name}`);
    if (value !== null) overrides[name] = value;
  }
  return overrides;
}

function withoutChecksum(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}

/** One byte range. A malformed header or several ranges are ignored, as S3 does. */
function byteRange(value: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(value ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw new AwsError(416, 'InvalidRange', 'The requested range is not satisfiable', {
      headers: { 'content-range': `bytes */${size}` },
      members: { RangeRequested: value ?? '', ActualObjectSize: String(size) },
    });
  }
  return { start, end };
}
