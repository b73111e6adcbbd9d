import { parseObjectChanges, PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import type { NameFilter } from '../domain/filter.ts';
import { handleChange, type HandleParts } from '../domain/handle-change.ts';
import { reactionTo } from '../domain/reaction.ts';
import type { Metrics } from '../metrics.ts';

export interface ChangeHandlerParts extends HandleParts {
  uploadsBucket: string;
  thumbnailsBucket: string;
  isWanted: NameFilter;
  metrics: Metrics;
}

/** From a message about objects to thumbnails that are right. */
export function createChangeHandler(parts: ChangeHandlerParts): MessageHandler {
  return async (message, { signal, log }) => {
    for (const change of parseObjectChanges(message.body)) {
      guard(change.bucket, parts);
      if (reactionTo(change.event) === 'ignore') {
        parts.metrics.outcome('ignored');
        continue;
      }
      if (!parts.isWanted(change.key)) {
        parts.metrics.outcome('filtered');
        continue;
      }
      const began = performance.now();
      const ref = { bucket: change.bucket, key: change.key };
      const converged = await handleChange(parts, ref, signal, message.receiveCount > 1);
      parts.metrics.outcome(converged);
      log.info(
        {
          key: change.key,
          event: change.event,
          outcome: converged.outcome,
          ms: Math.round(performance.now() - began),
          s3RequestId: change.requestId,
        },
        `${converged.outcome} ${change.key}`,
      );
    }
  };
}

/** Never react to our own writes: an event of the thumbnails bucket would go round for ever. */
function guard(bucket: string, parts: ChangeHandlerParts): void {
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
