import type { Job } from '../jobs/job.ts';
import { runAttempt } from './attempt.ts';
import { stateOfDependencies } from './dependencies.ts';
import { finish } from './finish.ts';
import { move } from './move.ts';
import type { World } from './world.ts';

/** The next step in a job's life, when its time has come. Nothing happens when there is nothing to do. */
export function step(world: World, job: Job): void {
  switch (job.status) {
    case 'SUBMITTED':
      return leaveSubmitted(world, job);
    case 'PENDING':
      if (job.role !== 'array') leavePending(world, job);
      return;
    case 'RUNNABLE':
      world.placementDue = true;
      return;
    case 'STARTING':
      return runAttempt(world, job);
    case 'RUNNING':
    case 'SUCCEEDED':
    case 'FAILED':
  }
}

function leaveSubmitted(world: World, job: Job): void {
  if (job.ending !== undefined) return finish(world, job, 'FAILED', job.ending.reason);
  if (job.role === 'array') {
    move(world, job, 'PENDING');
    return spawnChildren(world, job);
  }
  if (stateOfDependencies(world.jobs, job).outstanding.length === 0) return leavePending(world, job);
  move(world, job, 'PENDING');
  leavePending(world, job);
}

/**
 * When nothing is waited for any more. A job that is cancelled meanwhile stays until then, as documented:
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_CancelJob.html
 */
function leavePending(world: World, job: Job): void {
  const { outstanding, failed } = stateOfDependencies(world.jobs, job);
  if (failed) return finish(world, job, 'FAILED', job.ending?.reason ?? 'Dependent Job failed');
  for (const dependency of outstanding) world.jobs.awaitEnd(dependency.id, job);
  if (outstanding.length > 0) return;
  if (job.ending !== undefined) return finish(world, job, 'FAILED', job.ending.reason);
  becomeRunnable(world, job);
}

export function becomeRunnable(world: World, job: Job, reason?: string): void {
  move(world, job, 'RUNNABLE', reason);
  world.alarms.set(job, 'step', world.now + world.times.runnableMs);
  world.placementDue = true;
}

/** createdAt of a child is when it entered PENDING. https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html */
function spawnChildren(world: World, parent: Job): void {
  for (let index = 0; index < (parent.spec.arraySize ?? 0); index += 1) {
    const child = world.jobs.add({
      id: `${parent.id}:${index}`,
      region: parent.region,
      role: 'child',
      parent: parent.id,
      index,
      spec: parent.spec,
      status: 'PENDING',
      createdAt: world.now,
      attempts: [],
      alarms: {},
    });
    world.alarms.set(child, 'step', world.now + world.times.submittedMs);
  }
}
