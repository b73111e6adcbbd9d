import type { Job, Status } from '../jobs/job.ts';
import { mayFollow } from '../jobs/transitions.ts';
import type { World } from './world.ts';

/** The one place where a status changes. */
export function move(world: World, job: Job, to: Status, reason?: string): void {
  if (!mayFollow(job.role, job.status, to))
    throw new Error(`${job.id} cannot go from ${job.status} to ${to}`);
  job.statusReason = reason;
  if (to === 'RUNNABLE') job.runnableAt = world.now;
  world.jobs.changeStatus(job, to);
}
