import { AwsError } from '../../http/aws-error.ts';
import { parseXml } from '../../http/xml.ts';
import { commitDeletion } from '../commit.ts';
import { writeCondition } from '../preconditions.ts';
import { readText, xmlReply, type S3Operation } from '../request.ts';
import type { Deletion } from '../store.ts';

export const deleteObject: S3Operation = (request) => {
  const { store, bucket, key, query } = request;
  store.bucket(bucket);
  const versionId = query.get('versionId');
  const deletion = commitDeletion(request, key, () =>
    versionId === null
      ? store.delete(bucket, key, writeCondition(request.req.headers))
      : store.deleteVersion(bucket, key, versionId),
  );
  const marker = deletion.kind === 'marker-created' || deletion.markerRemoved === true;
  return {
    status: 204,
    headers: {
      ...(marker ? { 'x-amz-delete-marker': 'true' } : {}),
      ...(deletion.versionId === undefined ? {} : { 'x-amz-version-id': deletion.versionId }),
    },
  };
};

const MAX_KEYS = 1_000;

export const deleteObjects: S3Operation = async (request) => {
  const { store, bucket } = request;
  store.bucket(bucket);
  const content = parseXml(await readText(request), 'Delete');
  const objects = content?.['Object'];
  if (!Array.isArray(objects) || objects.length === 0 || objects.length > MAX_KEYS) {
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  const quiet = content?.['Quiet'] === 'true';
  const deleted: Record<string, string | boolean>[] = [];
  const errors: Record<string, string>[] = [];
  for (const { Key = '', VersionId, ETag } of objects as {
    Key?: string;
    VersionId?: string;
    ETag?: string;
  }[]) {
    try {
      const deletion = commitDeletion(request, Key, () =>
        VersionId === undefined
          ? store.delete(bucket, Key, { ifMatch: ETag })
          : store.deleteVersion(bucket, Key, VersionId),
      );
      if (!quiet) deleted.push(deletedEntry(Key, VersionId, deletion));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ Key, Code: error.code, Message: error.message });
    }
  }
  return xmlReply('DeleteResult', { Deleted: deleted, Error: errors });
};

function deletedEntry(
  key: string,
  versionId: string | undefined,
  deletion: Deletion,
): Record<string, string | boolean> {
  const marker = deletion.kind === 'marker-created' || deletion.markerRemoved === true;
  return {
    Key: key,
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...(marker && deletion.versionId !== undefined
      ? { DeleteMarker: true, DeleteMarkerVersionId: deletion.versionId }
      : {}),
  };
}
