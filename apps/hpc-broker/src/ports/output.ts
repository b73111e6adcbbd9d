import type { AttemptId } from '../domain/jobs/attempt-name.ts';
import type { Stream } from './engine.ts';

/** Some of what an attempt wrote to a stream, which from there on is without a gap. */
export interface OutputPart {
  /** Where `bytes` begins in the stream: later than what was asked for where that is not kept. */
  from: number;
  bytes: Buffer;
  /** Bytes that it had written, as far as is known; there is more to read as long as `from + bytes.length` is less. */
  end: number;
  /** It has ended, so that there will not be more. */
  isComplete: boolean;
}

/**
 * What attempts wrote, for any process that has the database. Of each stream the first HEAD_BYTES and the
 * last ones are kept (output/kept.ts). Who reads on at `from + bytes.length` gets all of it; where `from`
 * is more than what was asked for, the bytes between were dropped.
 */
export interface OutputReader {
  /** At most `maxBytes`. Undefined: there is no such attempt. */
  read(attempt: AttemptId, stream: Stream, from: number, maxBytes: number): Promise<OutputPart | undefined>;
  /** Undefined: it has had none. */
  latestAttempt(job: string, element: number): Promise<AttemptId | undefined>;
}

export interface OutputPiece extends AttemptId {
  stream: Stream;
  from: number;
  /** At most ROW_BYTES. */
  bytes: Buffer;
}

/** How far a stream has been written down. */
export type Shipped = Record<Stream, number>;

/** The same table for whoever dispatches. Everything that writes rejects with LostLease when somebody else does by now. */
export interface OutputLog {
  /** By name; what has nothing there is left out. */
  shipped(attempts: readonly AttemptId[]): Promise<Map<string, Shipped>>;
  /** All of them or none. What is there already stays as it is. Drops what need not be kept any more. */
  append(pieces: readonly OutputPiece[]): Promise<void>;
}
