import type { Execution, Task } from './items.ts';
import { doneAt, endOf, isOver, isPrepared, statusAt } from './lifecycle.ts';

/** Timestamps are in seconds, with a fraction. */
const seconds = (ms: number): number => ms / 1_000;

/** Options of a task that names none. https://docs.aws.amazon.com/datasync/latest/userguide/API_Options.html */
export const DEFAULT_OPTIONS = {
  VerifyMode: 'POINT_IN_TIME_CONSISTENT',
  OverwriteMode: 'ALWAYS',
  Atime: 'BEST_EFFORT',
  Mtime: 'PRESERVE',
  Uid: 'INT_VALUE',
  Gid: 'INT_VALUE',
  PreserveDeletedFiles: 'PRESERVE',
  PreserveDevices: 'NONE',
  PosixPermissions: 'PRESERVE',
  BytesPerSecond: -1,
  TaskQueueing: 'ENABLED',
  LogLevel: 'OFF',
  TransferMode: 'CHANGED',
} as const;

/** What DescribeTask says. `executions`: its own, in order. */
export function showTask(task: Task, executions: readonly Execution[], now: number): object {
  const { SourceLocationArn, DestinationLocationArn, Name, Options, TaskMode, Includes, Excludes } =
    task.spec;
  return {
    TaskArn: task.arn,
    Status: taskStatus(executions, now),
    Name,
    CurrentTaskExecutionArn: executions.findLast((one) => !isOver(one, now))?.arn,
    SourceLocationArn,
    DestinationLocationArn,
    Options: { ...DEFAULT_OPTIONS, ...Options },
    Includes,
    Excludes,
    TaskMode,
    CreationTime: seconds(task.created),
  };
}

export function taskStatus(executions: readonly Execution[], now: number): string {
  const open = executions.filter((one) => !isOver(one, now));
  if (open.some(({ launched }) => launched !== undefined)) return 'RUNNING';
  return open.length === 0 ? 'AVAILABLE' : 'QUEUED';
}

/** What DescribeTaskExecution says. */
export function showExecution(one: Execution, mode: string, now: number): object {
  const { outcome, launched, times } = one;
  const done = doneAt(one, now);
  const prepared = isPrepared(one, now);
  const over = isOver(one, now);
  const status = statusAt(one, now);
  const bytes = Math.floor(outcome.bytes * done);
  return {
    TaskExecutionArn: one.arn,
    Status: status,
    TaskMode: mode,
    Options: one.options,
    StartTime: seconds(one.started),
    LaunchTime: launched === undefined ? undefined : seconds(launched),
    EndTime: over ? seconds(endOf(one)) : undefined,
    EstimatedFilesToTransfer: prepared ? outcome.files : 0,
    EstimatedBytesToTransfer: prepared ? outcome.bytes : 0,
    FilesTransferred: Math.floor(outcome.files * done),
    BytesWritten: bytes,
    BytesTransferred: bytes,
    BytesCompressed: bytes,
    ...(over && {
      Result: {
        PrepareDuration: times.prepareMs,
        TransferDuration: Math.round(times.transferMs * done),
        TotalDuration: launched === undefined ? 0 : Math.round(endOf(one) - launched),
        ...resultOf(one, status),
      },
    }),
  };
}

function resultOf({ cancelled, outcome }: Execution, status: string): object {
  if (status === 'SUCCESS')
    return { PrepareStatus: 'SUCCESS', TransferStatus: 'SUCCESS', VerifyStatus: 'SUCCESS' };
  if (cancelled !== undefined)
    return { ErrorCode: 'Cancelled', ErrorDetail: 'The task execution was cancelled.' };
  return { ErrorCode: outcome.error?.code, ErrorDetail: outcome.error?.detail };
}
