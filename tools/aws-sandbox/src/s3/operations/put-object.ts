import { AwsError } from '../../http/aws-error.ts';
import { startChecksum } from '../checksums.ts';
import { commitObject } from '../commit.ts';
import { checkCopySource, writeCondition } from '../preconditions.ts';
import { receiveBody } from '../receive-body.ts';
import {
  header,
  isoTime,
  quoted,
  versionHeader,
  xmlReply,
  type S3Operation,
  type S3Request,
} from '../request.ts';
import { storedHeaders } from '../stored-headers.ts';
import { parsePath } from '../key.ts';
import type { Version } from '../store.ts';
import { findVersion } from './get-object.ts';

export const putObject: S3Operation = async (request) => {
  const { store, blobs, bucket, key, req } = request;
  store.bucket(bucket);
  const condition = writeCondition(req.headers);
  const since = store.precheck(bucket, key, condition);
  const headers = storedHeaders(req.headers);
  const body = await receiveBody(req, blobs);
  const object = { blob: body.blob, size: body.size, etag: body.md5Hex, headers, checksum: body.checksum };
  const version = commitObject(request, 'Put', object, { condition, since });
  return {
    status: 200,
    headers: {
      etag: quoted(version.etag),
      ...versionHeader(request, version),
      ...(body.checksum === undefined
        ? {}
        : {
            [`x-amz-checksum-${body.checksum.name}`]: body.checksum.value,
            'x-amz-checksum-type': 'FULL_OBJECT',
          }),
    },
  };
};

export const copyObject: S3Operation = async (request) => {
  const { store, blobs, bucket, key, req } = request;
  store.bucket(bucket);
  const source = copySource(request);
  checkCopySource(req.headers, source);
  const replace = (header(request, 'x-amz-metadata-directive') ?? 'COPY') === 'REPLACE';
  const current = store.current(bucket, key);
  if (!replace && current?.seq === source.seq) {
    throw new AwsError(
      400,
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const condition = writeCondition(req.headers);
  const since = store.precheck(bucket, key, condition);
  const blob = await blobs.write(await blobs.read(source.blob ?? ''));
  const object = {
    blob,
    size: source.size,
    etag: source.etag.includes('-') ? source.etag.replace(/-.*/, '') : source.etag,
    headers: replace ? storedHeaders(req.headers) : (JSON.parse(source.headers) as Record<string, string>),
    checksum: await copiedChecksum(request, source),
  };
  const version = commitObject(request, 'Copy', object, { condition, since });
  const sourceVersioned = store.bucket(source.bucket).versioning !== '';
  return xmlReply(
    'CopyObjectResult',
    { LastModified: isoTime(version.modified), ETag: quoted(version.etag) },
    {
      ...versionHeader(request, version),
      ...(sourceVersioned ? { 'x-amz-copy-source-version-id': source.version_id } : {}),
    },
  );
};

/** A copy is of one piece: what was over the checksums of parts is over its bytes then. */
async function copiedChecksum({ blobs }: S3Request, source: Version) {
  if (source.checksum === null) return undefined;
  const checksum = JSON.parse(source.checksum) as { name: string; value: string; type?: string };
  if (checksum.type !== 'COMPOSITE') return checksum;
  const running = startChecksum(checksum.name);
  const bytes = (await blobs.read(source.blob ?? '')) as AsyncIterable<Buffer>;
  for await (const chunk of bytes) running.update(chunk);
  return { name: checksum.name, value: await running.digest() };
}

function copySource(request: S3Request) {
  const value = header(request, 'x-amz-copy-source') ?? '';
  const [path = '', query = ''] = value.split('?');
  const { bucket, key } = parsePath(path.startsWith('/') ? path : `/${path}`);
  if (bucket === undefined || key === undefined) {
    throw new AwsError(
      400,
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  return findVersion({ ...request, bucket, key }, new URLSearchParams(query).get('versionId'));
}
