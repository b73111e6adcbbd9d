import { parseObjectChanges, PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import { takeLog, type TakeLogParts } from '../domain/access-logs/take-log.ts';
import { LogGone } from '../ports/logs.ts';

/** Access logs of ALBs and WAF, as S3 tells of them. */
export function createAccessLogHandler(parts: TakeLogParts): MessageHandler {
  return async (message, { log, signal }) => {
    for (const { event, bucket, key, etag, size } of parseObjectChanges(message.body)) {
      if (!event.startsWith('ObjectCreated:') || size === 0) continue;
      if (etag === undefined) throw new PermanentFailure(`The event of ${key} says no ETag`);
      const began = performance.now();
      try {
        const taken = await takeLog(parts, { bucket, key, state: etag }, signal);
        if (taken === undefined) {
          log.info({ bucket, key }, `${key} was read before`);
          continue;
        }
        const { blocked, leftOut, ...counts } = taken;
        const facts = { bucket, key, ...counts, leftOut, ms: Math.round(performance.now() - began) };
        log.info({ ...facts, blocked: blocked.slice(0, 100) }, `${key}: ${blocked.length} clients blocked`);
      } catch (error) {
        if (!(error instanceof LogGone)) throw error;
        log.warn({ bucket, key }, `${key} is not there any more: ${error.message}`);
      }
    }
  };
}
