import type { JobDetail } from '@aws-sdk/client-batch';
import type { Ending, Sighting } from '../../ports/engine.ts';

/** What the broker says when it ends a job; Batch shows it as the reason. */
export const CANCELLED = 'cancelled by the broker';

/** Of what is taken back before it has begun. */
export const WITHDRAWN = 'withdrawn by the broker';
/** DescribeJobs says so of what stays RUNNABLE, see "Jobs stuck in a RUNNABLE status" in AWS Batch's user guide. */
const SHORT = 'CAPACITY:';

/** batch/attempt.sh exits with it when the walltime was over; a command may do so as well, but not so late. */
const WALLTIME_EXIT = 124;

/** Pure: what has become of an attempt, by Batch's word. */
export function judge(job: JobDetail, walltimeSeconds: number | undefined): Sighting {
  const { status, statusReason: reason, startedAt } = job;
  if (status === 'SUCCEEDED' || status === 'FAILED') {
    const started = dateOf(lastAttempt(job)?.startedAt ?? startedAt);
    return {
      state: 'ended',
      ending: endingOf(job, walltimeSeconds),
      startedAt: started,
      endedAt: dateOf(job.stoppedAt) ?? new Date(),
      host: started && hostOf(job),
    };
  }
  if (status === 'RUNNING') {
    return { state: 'running', startedAt: dateOf(startedAt) ?? new Date(), host: hostOf(job) };
  }
  const isTold = reason !== undefined && status === 'RUNNABLE';
  return {
    state: 'submitted',
    ...(isTold && { reason: `AWS Batch says: ${reason}`, isShort: reason.startsWith(SHORT) }),
  };
}

function endingOf(job: JobDetail, walltimeSeconds: number | undefined): Ending {
  const { status, statusReason = '', isTerminated, isCancelled } = job;
  const attempt = lastAttempt(job);
  const container = attempt?.container ?? job.container;
  const { exitCode, reason: containerReason = '' } = container ?? {};
  const hasBegun = attempt?.startedAt !== undefined;
  if (status === 'SUCCEEDED') return { by: 'exit', code: exitCode ?? 0 };
  if (statusReason === CANCELLED) return { by: 'cancel' };
  if (statusReason === WITHDRAWN && !hasBegun) {
    return { by: 'withdrawn', reason: 'it had not begun in AWS Batch, and was taken back' };
  }
  if (isTerminated === true || isCancelled === true) {
    return { by: 'cancel', reason: `it was ended in AWS Batch: ${statusReason}` };
  }
  if (statusReason.startsWith('Host EC2'))
    return { by: 'preemption', reason: `AWS Batch says: ${statusReason}` };
  if (containerReason.startsWith('OutOfMemory')) return { by: 'memory' };
  if (/exceeded timeout/i.test(statusReason)) return { by: 'walltime' };
  if (exitCode !== undefined) {
    const isLate = walltimeSeconds !== undefined && secondsOf(attempt) >= walltimeSeconds;
    return exitCode === WALLTIME_EXIT && isLate ? { by: 'walltime' } : { by: 'exit', code: exitCode };
  }
  const said = [statusReason, containerReason].filter((text) => text !== '').join('; ') || 'nothing';
  if (!hasBegun) return { by: 'never-started', reason: `AWS Batch did not start it: ${said}` };
  return { by: 'lost', reason: `AWS Batch does not say how it ended: ${said}` };
}

const lastAttempt = ({ attempts = [] }: JobDetail) => attempts.at(-1);

function secondsOf(attempt: ReturnType<typeof lastAttempt>): number {
  const { startedAt = 0, stoppedAt = 0 } = attempt ?? {};
  return (stoppedAt - startedAt) / 1_000;
}

function hostOf(job: JobDetail): string {
  const arn = lastAttempt(job)?.container?.containerInstanceArn ?? job.container?.containerInstanceArn;
  return arn?.split('/').at(-1) ?? 'AWS Batch';
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));
