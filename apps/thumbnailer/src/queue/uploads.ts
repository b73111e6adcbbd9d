import { parseObjectChanges, PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import type { Counter } from 'prom-client';
import type { Outcome } from '../domain/converge.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { reactionTo } from '../domain/reaction.ts';

export interface UploadHandlerParts {
  uploadsBucket: string;
  thumbnailsBucket: string;
  converge: (ref: ObjectRef, signal: AbortSignal) => Promise<Outcome>;
  outcomes: Counter<'outcome'>;
}

/** From a message about objects to thumbnails that are right. */
export function createUploadHandler(parts: UploadHandlerParts): MessageHandler {
  return async (message, { signal, log }) => {
    for (const change of parseObjectChanges(message.body)) {
      guard(change.bucket, parts);
      if (reactionTo(change.event) === 'ignore') {
        parts.outcomes.inc({ outcome: 'ignored' });
        continue;
      }
      const began = performance.now();
      const outcome = await parts.converge({ bucket: change.bucket, key: change.key }, signal);
      parts.outcomes.inc({ outcome });
      log.info(
        {
          key: change.key,
          event: change.event,
          outcome,
          ms: Math.round(performance.now() - began),
          s3RequestId: change.requestId,
        },
        `${outcome} ${change.key}`,
      );
    }
  };
}

/** Never react to our own writes: an event of the thumbnails bucket would go round for ever. */
function guard(bucket: string, parts: UploadHandlerParts): void {
  if (bucket === parts.thumbnailsBucket) {
    throw new PermanentFailure(
      `The event is about ${bucket}, which thumbnails are written to: remove that bucket's notification to this queue`,
    );
  }
  if (bucket !== parts.uploadsBucket) {
    throw new PermanentFailure(
      `The event is about the bucket ${bucket}, but UPLOADS_BUCKET is ${parts.uploadsBucket}`,
    );
  }
}
