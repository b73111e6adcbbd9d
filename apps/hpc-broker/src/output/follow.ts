import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptId } from '../domain/jobs/attempt-name.ts';
import type { Stream } from '../ports/engine.ts';
import type { OutputReader } from '../ports/output.ts';

export interface Followed {
  stream: Stream;
  /** More than where the last one of its stream ended: what is between was dropped. */
  from: number;
  bytes: Buffer;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Where to begin in each stream; only those named are followed. */
  from?: Partial<Record<Stream, number>> | undefined;
  everyMs?: number | undefined;
  /** Of one part. */
  maxBytes?: number | undefined;
}

const EVERY_MS = 300;
const MAX_BYTES = 64 * 1_024;

/**
 * What an attempt writes, as it comes, until it has ended and all of it was told, or the signal aborts.
 * Ends at once where there is no such attempt.
 */
export async function* followOutput(
  reader: OutputReader,
  attempt: AttemptId,
  { signal, from = { stdout: 0, stderr: 0 }, everyMs = EVERY_MS, maxBytes = MAX_BYTES }: FollowOptions,
): AsyncGenerator<Followed, void, undefined> {
  const next = new Map(Object.entries(from) as [Stream, number][]);
  while (!signal.aborted && next.size > 0) {
    let isMore = false;
    for (const [stream, at] of next) {
      const part = await reader.read(attempt, stream, at, maxBytes);
      if (part === undefined || signal.aborted) return;
      if (part.bytes.length > 0) yield { stream, from: part.from, bytes: part.bytes };
      const reached = part.from + part.bytes.length;
      next.set(stream, reached);
      if (reached < part.end) isMore = true;
      else if (part.isComplete) next.delete(stream);
    }
    if (!isMore && next.size > 0) await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
