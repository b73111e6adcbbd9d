/** Whose an execution is: the job's, the nth that was asked for it. */
export interface TransferMark {
  job: string;
  attempt: number;
}

export interface ListedExecution {
  id: string;
  isOver: boolean;
  /** Undefined: somebody else has started it. */
  mark: TransferMark | undefined;
}

/** How far an execution is. Undefined numbers are not known yet. */
export interface TransferSighting {
  state: 'running' | 'ending' | 'brought' | 'failed';
  /** What whoever runs it calls that. */
  status: string;
  filesDone: number | undefined;
  filesTotal: number | undefined;
  bytesDone: number | undefined;
  bytesTotal: number | undefined;
  /** Of one that failed. */
  reason: string | undefined;
}

/**
 * Runs tasks that bring data; a task is somebody's who knows where from and where to. A start knows no
 * idempotency: it is marked, and after an answer that got lost the mark is looked for.
 *
 * All of it rejects with TransferUnavailable, TransferBusy or TransferRefused.
 */
export interface DatasetTransfers {
  /** Its id. After TransferUnavailable it may have been started. */
  start(task: string, mark: TransferMark): Promise<string>;
  /** All that are remembered, also those that have ended; what was started just now may be missing. */
  executions(task: string): Promise<ListedExecution[]>;
  look(execution: string): Promise<TransferSighting>;
  /** That it ends; TransferRefused where it has. */
  cancel(execution: string): Promise<void>;
}

/** Nobody knows whether it has done what it was asked. */
export class TransferUnavailable extends Error {
  override readonly name: string = 'TransferUnavailable';
}

/** It has not done it, and may later. */
export class TransferBusy extends Error {
  override readonly name = 'TransferBusy';
}

/** It has said no, and not because of the moment. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}
