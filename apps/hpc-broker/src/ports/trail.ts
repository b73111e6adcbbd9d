import type { JobEvent } from '@groundwork/contracts';

/** Everything that happened, for whoever follows it without leaving anything out. */
export interface Trail {
  /** Seq of an event up to which all are there: none with a smaller one can come any more. */
  settled(): Promise<number>;
  /** In order of seq, at most `limit` of those after one and up to another. */
  read(after: number, upTo: number, limit: number): Promise<JobEvent[]>;
}
