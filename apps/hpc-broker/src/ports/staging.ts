import type { Placement } from './engine.ts';

/** Brings inputs to where an attempt will read them, and stores what it has made. */
export interface Staging {
  /**
   * Each file appears under its name only when it is whole, and doing it again does no harm.
   * `directory` must be there. Rejects with StagingFailed, or the signal's reason.
   */
  bringInputs(placement: Placement, directory: string, signal: AbortSignal): Promise<void>;
  /** Whether what was brought is still there: an engine removes the directory of what it could not start. */
  isBrought(directory: string): Promise<boolean>;
  /**
   * As `bringInputs`; nothing is stored before all outputs were found. What was interrupted goes on when
   * it is called again, also by another process: until then, or `abandonOutputs`, it takes room in S3.
   */
  storeOutputs(placement: Placement, directory: string, signal: AbortSignal): Promise<void>;
  /** Undoes what was begun of storing outputs and will not be gone on with. What is stored stays. */
  abandonOutputs(placement: Placement, directory: string, signal: AbortSignal): Promise<void>;
}

/**
 * The reason with which a signal is aborted when the same will be asked for again, here or by another
 * broker: what has come so far is kept for that.
 */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** In a sentence for people: what, where, and what to do. */
export class StagingFailed extends Error {
  override readonly name = 'StagingFailed';
  /** `user`: the job has not done what it should; `fatal`: trying again changes nothing. */
  readonly means: 'user' | 'infrastructure' | 'fatal';

  constructor(means: StagingFailed['means'], message: string, cause?: unknown) {
    super(message, { cause });
    this.means = means;
  }
}

/** One way to transfer files: S3, or the file system of this machine. Rejects with TransferError. */
export interface Store {
  /** What is at a place: one file, or all that a directory has in it, or a prefix which ends in `/`. */
  list(place: string, signal: AbortSignal): AsyncIterable<Source>;
  /** The file is read from this machine, and stored as a whole or not at all. */
  put(file: string, place: string, transfer: Transfer): Promise<void>;
}

export interface Source {
  /** Below the place, with `/`; empty for the place itself. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** To a file of this machine, with the directories above it. Not for directories. */
  copyTo(file: string, transfer: Transfer): Promise<void>;
}

/** What is found of an output. */
export interface Made {
  /** Below the output, with `/`; empty for the output itself. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** Where it is, links resolved. */
  readonly file: string;
}

export interface Transfer {
  /** For whom: two that write the same file must not write into each other's. */
  attempt: string;
  signal: AbortSignal;
  /** Given what is to be done when all inputs of the attempt have come, or will not: until then it helps to go on. */
  afterwards?: ((work: () => Promise<void>) => void) | undefined;
  /** Directory where `put` may remember what it has begun; it is made if need be. */
  journals?: string | undefined;
}

/**
 * `missing`, `forbidden`, and `unfit`, which is neither file nor directory or has no place where it is to
 * go, stay so however often it is tried. The message begins with the place.
 */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly why: 'missing' | 'forbidden' | 'unfit' | 'unavailable';

  constructor(why: TransferError['why'], message: string, cause?: unknown) {
    super(message, { cause });
    this.why = why;
  }
}
