import type { S3Request } from './request.ts';
import type { WriteCondition } from './preconditions.ts';
import type { Deletion, NewObject, Version } from './store.ts';

/**
 * Makes a new object the current one and its events due, in one transaction: a
 * crash leaves both or neither. The blob goes when the write is refused.
 */
export function commitObject(
  request: S3Request,
  how: 'Put' | 'Copy' | 'CompleteMultipartUpload',
  object: NewObject,
  precondition: { condition: WriteCondition; since: number },
  /** Part of the same transaction; returns blobs that are no longer needed. */
  finish: () => readonly string[] = () => [],
): Version {
  const { store, blobs, notifier, bucket, key } = request;
  try {
    const { version, obsolete } = store.atomically(() => {
      const written = store.put(bucket, key, object, precondition.condition, precondition.since);
      notifier.created(request, how, written.version);
      return { version: written.version, obsolete: [...written.replacedBlobs, ...finish()] };
    });
    blobs.remove(obsolete);
    return version;
  } catch (error) {
    blobs.remove([object.blob]);
    throw error;
  }
}

/** The same for a delete. */
export function commitDeletion(request: S3Request, key: string, remove: () => Deletion): Deletion {
  const deletion = request.store.atomically(() => {
    const done = remove();
    if (done.kind !== 'nothing') request.notifier.removed({ ...request, key }, done);
    return done;
  });
  request.blobs.remove(deletion.removedBlobs);
  return deletion;
}
