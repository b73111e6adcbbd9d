import { isoTime, quoted, xmlReply, type S3Operation } from '../request.ts';
import type { XmlNode } from '../../http/xml.ts';
import { encoder, parameters } from './list-objects.ts';

/** Newest first within a key. Delimiters are not used by anything here and are refused by the router. */
export const listObjectVersions: S3Operation = (request) => {
  const { store, bucket, query } = request;
  const { prefix, maxKeys } = parameters(request);
  const encode = encoder(query);
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  const after = {
    key: keyMarker,
    seq: versionMarker === '' ? 0 : (store.version(bucket, keyMarker, versionMarker)?.seq ?? 0),
  };
  const found = store.listVersions(bucket, prefix, after, maxKeys + 1);
  const page = found.slice(0, maxKeys);
  const last = page.at(-1);
  const truncated = found.length > maxKeys && last !== undefined;
  const entries = (marker: 0 | 1): XmlNode[] =>
    page
      .filter((version) => version.marker === marker)
      .map((version) => ({
        Key: encode(version.key),
        VersionId: version.version_id,
        IsLatest: version.latest === 1,
        LastModified: isoTime(version.modified),
        ...(marker === 1 ? {} : { ETag: quoted(version.etag), Size: version.size, StorageClass: 'STANDARD' }),
      }));
  return xmlReply('ListVersionsResult', {
    Name: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    ...(query.has('encoding-type') ? { EncodingType: 'url' } : {}),
    MaxKeys: maxKeys,
    IsTruncated: truncated,
    ...(truncated ? { NextKeyMarker: encode(last.key), NextVersionIdMarker: last.version_id } : {}),
    Version: entries(0),
    DeleteMarker: entries(1),
  });
};
