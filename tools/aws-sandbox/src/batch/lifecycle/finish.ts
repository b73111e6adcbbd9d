import { isEnded, type Job } from '../jobs/job.ts';
import { areEnded } from '../jobs/jobs.ts';
import { move } from './move.ts';
import type { World } from './world.ts';

/** Ended jobs are shown for a day at least. https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
const SHOWN_SECONDS = 86_400;

/** A job has come to its end: its array hears of it, and so does who waits for it. */
export function finish(world: World, job: Job, status: 'SUCCEEDED' | 'FAILED', reason?: string): void {
  move(world, job, status, reason);
  job.stoppedAt = world.now;
  job.placement = undefined;
  job.scripted = undefined;
  job.blocked = undefined;
  job.ending = undefined;
  world.alarms.clear(job, 'step', 'exit', 'timeout', 'kill', 'host', 'limit');
  world.placementDue = true;
  if (job.parent === undefined) {
    world.alarms.set(job, 'forget', world.now + SHOWN_SECONDS * world.times.secondMs);
  }
  for (const dependent of world.jobs.dependentsOf(job)) {
    if (dependent.status === 'PENDING') world.alarms.set(dependent, 'step', world.now);
  }
  if (job.role === 'child') finishArray(world, job);
}

/** The parent ends with the last of its children, and fails when one of them did. */
function finishArray(world: World, child: Job): void {
  const parent = world.jobs.find(child.parent ?? '');
  if (parent === undefined || isEnded(parent)) return;
  const counts = world.jobs.summaryOf(parent);
  if (counts.SUCCEEDED + counts.FAILED < (parent.spec.arraySize ?? 0)) return;
  if (!areEnded(world.jobs.membersOf(parent))) return;
  if (counts.FAILED === 0) finish(world, parent, 'SUCCEEDED');
  else finish(world, parent, 'FAILED', parent.ending?.reason ?? 'Array Child Job failed');
}
