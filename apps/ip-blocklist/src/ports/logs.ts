import type { Judged } from '../domain/access-logs/take-log.ts';
import type { Line } from '../domain/lines.ts';
import type { Hits } from '../domain/access-logs/tally.ts';

/** One state of one object. */
export interface LogRef {
  bucket: string;
  key: string;
  /** Without quotes; or the version. */
  state: string;
}

/** Access logs as objects. */
export interface Logs {
  /** Some at a time, decompressed. Rejects with LogGone when that state of it is not there any more. */
  lines(ref: LogRef, signal: AbortSignal): AsyncIterable<readonly Line[]>;
}

/** It is not there any more, or is another one by now, of which there is news as well. */
export class LogGone extends Error {
  override readonly name = 'LogGone';
}

/** Somebody else has read on in it meanwhile. */
export class ReadBySomebodyElse extends Error {
  override readonly name = 'ReadBySomebodyElse';
}

/** How far logs were read, and what was counted in them. */
export interface TakenLogs {
  progress(ref: LogRef): Promise<{ records: number; isDone: boolean }>;
  /**
   * Adds what was counted between two records of a log, and says the blocks that `judge` makes of it,
   * all or nothing. Rejects with ReadBySomebodyElse when the log was not read up to `from` any more.
   */
  count(
    ref: LogRef,
    step: { from: number; to: number; isDone: boolean },
    hits: readonly Hits[],
    judge: (hits: Hits & { before: number }) => Judged | undefined,
  ): Promise<Judged[]>;
  /** Forgets what is so old that no message about it can come any more. */
  forget(): Promise<void>;
}
