export interface DeadLetter {
  id: string;
  sentAt: Date;
  /** Why it was given up, in the words of the worker; undefined when SQS moved it there itself. */
  reason: string | undefined;
  body: string;
}

export interface Redrive {
  taskHandle: string;
}

/** What could not be handled. */
export interface DeadLetters {
  /** Some of them, at most `limit`. They stay where they are, but nobody else sees them for a few seconds. */
  peek(limit: number): Promise<{ approximateCount: number; letters: DeadLetter[] }>;
  /** Has all of them handled again, in the background. */
  redrive(maxPerSecond: number | undefined): Promise<Redrive | 'nothing there' | 'already under way'>;
}
