import { AwsError, notImplemented } from '../../http/aws-error.ts';
import { parseXml } from '../../http/xml.ts';
import { commitObject } from '../commit.ts';
import { CHECKSUM_NAMES } from '../checksums.ts';
import { multipartEtag, type WantedPart } from '../multipart-store.ts';
import { writeCondition } from '../preconditions.ts';
import { announcedChecksum, receiveBody } from '../receive-body.ts';
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
import {
  askedChecksum,
  checkAnnounced,
  checkCompletion,
  checksumOf,
  partChecksum,
  WholeChecksum,
} from '../upload-checksums.ts';
import { encoder } from './list-objects.ts';

const MAX_PART_NUMBER = 10_000;
/** Entries on one page. */
const MAX_LISTED = 1_000;

export const createMultipartUpload: S3Operation = ({ store, multipart, bucket, key, req }) => {
  store.bucket(bucket);
  const checksum = askedChecksum(req.headers);
  const upload = multipart.create(bucket, key, storedHeaders(req.headers), checksum);
  return xmlReply(
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: upload.id },
    checksum === undefined
      ? {}
      : {
          'x-amz-checksum-algorithm': checksum.name.toUpperCase(),
          'x-amz-checksum-type': checksum.type,
        },
  );
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
  checkAnnounced(upload, announcedChecksum(req));
  const body = await receiveBody(req, blobs, checksumOf(upload)?.name);
  try {
    const replaced = multipart.putPart(upload.id, {
      number,
      blob: body.blob,
      size: body.size,
      etag: body.md5Hex,
      checksum: body.checksum === undefined ? null : JSON.stringify(body.checksum),
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
  checkCompletion(upload, req.headers, wanted, parts);
  const whole = new WholeChecksum(upload, parts);
  const ids = parts.map((part) => part.blob);
  const blob = await blobs.write(whole.over(joined(request, ids)));
  const checksum = await whole.digest(req.headers).catch((error: unknown) => {
    blobs.remove([blob]);
    throw error;
  });
  const object = {
    blob,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: multipartEtag(parts),
    headers: JSON.parse(upload.headers) as Record<string, string>,
    checksum,
  };
  const version = commitObject(request, 'CompleteMultipartUpload', object, { condition, since }, () =>
    multipart.remove(upload.id),
  );
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `/${bucket}/${key}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(version.etag),
      ...checksumMember(checksum),
      ...(checksum === undefined ? {} : { ChecksumType: checksum.type }),
    },
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
  const checksum = checksumOf(upload);
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
    ...checksumKind(checksum),
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: isoTime(part.modified),
      ETag: quoted(part.etag),
      Size: part.size,
      // Of an upload that was begun without a checksum S3 keeps none of its parts'.
      ...(checksum === undefined ? {} : checksumMember(partChecksum(part))),
    })),
  });
};

export const listMultipartUploads: S3Operation = ({ store, multipart, bucket, query }) => {
  store.bucket(bucket);
  if (query.has('delimiter')) throw notImplemented('ListMultipartUploads with a delimiter');
  const encode = encoder(query);
  const prefix = query.get('prefix') ?? '';
  const after = { key: query.get('key-marker') ?? '', id: query.get('upload-id-marker') ?? '' };
  const max = Math.min(MAX_LISTED, Number(query.get('max-uploads') ?? MAX_LISTED));
  const found = multipart.list(bucket, prefix, after, max + 1);
  const page = found.slice(0, max);
  const last = page.at(-1);
  const isTruncated = found.length > max && last !== undefined;
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(after.key),
    UploadIdMarker: after.id,
    ...(query.has('encoding-type') ? { EncodingType: 'url' } : {}),
    MaxUploads: max,
    IsTruncated: isTruncated,
    ...(isTruncated ? { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.id } : {}),
    Upload: page.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      Initiated: isoTime(upload.started),
      ...checksumKind(checksumOf(upload)),
    })),
  });
};

const checksumKind = (checksum: ReturnType<typeof checksumOf>) =>
  checksum === undefined
    ? {}
    : { ChecksumAlgorithm: checksum.name.toUpperCase(), ChecksumType: checksum.type };

const checksumMember = (checksum: { name: string; value: string } | undefined) =>
  checksum === undefined ? {} : { [`Checksum${checksum.name.toUpperCase()}`]: checksum.value };

function uploadOf(request: S3Request) {
  request.store.bucket(request.bucket);
  return request.multipart.get(request.query.get('uploadId') ?? '', request.bucket, request.key);
}

function parseParts(text: string): WantedPart[] {
  const parts = parseXml(text, 'CompleteMultipartUpload')?.['Part'];
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  return (parts as Record<string, string | undefined>[]).map((part) => {
    const checksums: Record<string, string> = {};
    for (const name of CHECKSUM_NAMES) {
      const value = part[`Checksum${name.toUpperCase()}`];
      if (value !== undefined) checksums[name] = value;
    }
    const etag = (part['ETag'] ?? '').replaceAll('&quot;', '"');
    return { number: Number(part['PartNumber']), etag, checksums };
  });
}

async function* joined(request: S3Request, blobIds: readonly string[]): AsyncGenerator<Buffer> {
  for (const id of blobIds) yield* (await request.blobs.read(id)) as AsyncIterable<Buffer>;
}
