import { AwsError, notImplemented } from '../../http/aws-error.ts';
import { parseXml } from '../../http/xml.ts';
import { commitObject } from '../commit.ts';
import { multipartEtag } from '../multipart-store.ts';
import { writeCondition } from '../preconditions.ts';
import { receiveBody } from '../receive-body.ts';
import {
  isoTime,
  quoted,
  readText,
  versionHeader,
  xmlReply,
  type S3Operation,
  type S3Request,
} from '../request.ts';
import { storedHeaders } from '../stored-headers.ts';

const MAX_PART_NUMBER = 10_000;
/** Entries on one page. */
const MAX_LISTED = 1_000;

export const createMultipartUpload: S3Operation = ({ store, multipart, bucket, key, req }) => {
  store.bucket(bucket);
  const upload = multipart.create(bucket, key, storedHeaders(req.headers));
  return xmlReply('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id });
};

export const uploadPart: S3Operation = async (request) => {
  const { multipart, blobs, req } = request;
  const upload = uploadOf(request);
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw new AwsError(
      400,
      'InvalidArgument',
      'Part number must be an integer between 1 and 10000, inclusive',
    );
  }
  const body = await receiveBody(req, blobs);
  try {
    const replaced = multipart.putPart(upload.id, {
      number,
      blob: body.blob,
      size: body.size,
      etag: body.md5Hex,
    });
    blobs.remove([replaced]);
  } catch (error) {
    blobs.remove([body.blob]);
    throw error;
  }
  const { checksum } = body;
  return {
    status: 200,
    headers: {
      etag: quoted(body.md5Hex),
      ...(checksum === undefined ? {} : { [`x-amz-checksum-${checksum.name}`]: checksum.value }),
    },
  };
};

export const completeMultipartUpload: S3Operation = async (request) => {
  const { store, multipart, blobs, bucket, key, req } = request;
  const upload = uploadOf(request);
  const wanted = parseParts(await readText(request));
  const condition = writeCondition(req.headers);
  const since = store.precheck(bucket, key, condition);
  const parts = multipart.select(upload.id, wanted);
  const blob = await blobs.write(
    joined(
      request,
      parts.map((part) => part.blob),
    ),
  );
  const object = {
    blob,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: multipartEtag(parts),
    headers: JSON.parse(upload.headers) as Record<string, string>,
  };
  const version = commitObject(request, 'CompleteMultipartUpload', object, { condition, since }, () =>
    multipart.remove(upload.id),
  );
  return xmlReply(
    'CompleteMultipartUploadResult',
    { Location: `/${bucket}/${key}`, Bucket: bucket, Key: key, ETag: quoted(version.etag) },
    versionHeader(request, version),
  );
};

export const abortMultipartUpload: S3Operation = (request) => {
  request.blobs.remove(request.multipart.remove(uploadOf(request).id));
  return { status: 204 };
};

export const listParts: S3Operation = (request) => {
  const upload = uploadOf(request);
  const marker = Number(request.query.get('part-number-marker') ?? 0);
  const max = Math.min(MAX_LISTED, Number(request.query.get('max-parts') ?? MAX_LISTED));
  const after = request.multipart.parts(upload.id).filter((part) => part.number > marker);
  const page = after.slice(0, max);
  return xmlReply('ListPartsResult', {
    Bucket: request.bucket,
    Key: request.key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    MaxParts: max,
    IsTruncated: after.length > page.length,
    ...(after.length > page.length ? { NextPartNumberMarker: page.at(-1)?.number ?? marker } : {}),
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: isoTime(part.modified),
      ETag: quoted(part.etag),
      Size: part.size,
    })),
  });
};

/** One page only: more open uploads than that are refused rather than cut off. */
export const listMultipartUploads: S3Operation = ({ store, multipart, bucket }) => {
  store.bucket(bucket);
  const uploads = multipart.list(bucket);
  if (uploads.length > MAX_LISTED) throw notImplemented('ListMultipartUploads beyond 1,000 uploads');
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket,
    MaxUploads: MAX_LISTED,
    IsTruncated: false,
    Upload: uploads.map(({ key, id, started }) => ({ Key: key, UploadId: id, Initiated: isoTime(started) })),
  });
};

function uploadOf(request: S3Request) {
  request.store.bucket(request.bucket);
  return request.multipart.get(request.query.get('uploadId') ?? '', request.bucket, request.key);
}

function parseParts(text: string): { number: number; etag: string }[] {
  const parts = parseXml(text, 'CompleteMultipartUpload')?.['Part'];
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  return (parts as { PartNumber?: string; ETag?: string }[]).map(({ PartNumber, ETag }) => ({
    number: Number(PartNumber),
    etag: (ETag ?? '').replaceAll('&quot;', '"'),
  }));
}

async function* joined(request: S3Request, blobIds: readonly string[]): AsyncGenerator<Buffer> {
  for (const id of blobIds) yield* (await request.blobs.read(id)) as AsyncIterable<Buffer>;
}
