import type { Attempt, Job } from '../jobs/job.ts';
import { finish } from './finish.ts';
import { isRetried } from './retry.ts';
import { becomeRunnable } from './step.ts';
import type { World } from './world.ts';

/**
 * What follows on an attempt: the end, or another. What was terminated or has timed out is not tried again; what lost
 * its machine is. https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export function conclude(world: World, job: Job, attempt: Attempt): void {
  const statusReason = attempt.statusReason ?? '';
  const ending = job.ending;
  if (ending?.kind === 'terminated' || ending?.kind === 'timed-out') {
    return finish(world, job, 'FAILED', ending.reason);
  }
  job.ending = undefined;
  if (ending === undefined && attempt.exitCode === 0) return finish(world, job, 'SUCCEEDED', statusReason);
  const { exitCode, reason } = attempt;
  if (!isRetried(job, { exitCode, reason, statusReason })) return finish(world, job, 'FAILED', statusReason);
  becomeRunnable(world, job, statusReason);
  job.placement = undefined;
}
