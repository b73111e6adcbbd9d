import { hasContainer, isEnded, type Ending, type Job } from '../jobs/job.ts';
import { endAttempt } from './attempt.ts';
import { keyOf, type World } from './world.ts';

/** From SIGTERM to SIGKILL. https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html */
const GRACE_SECONDS = 30;
const SIGTERM_EXIT = 143;
const SIGKILL_EXIT = 137;

/** Ends what has a container. What has not started yet ends at once; what runs, when its container has ended. */
export function stop(world: World, job: Job, ending: Ending): void {
  if (!hasContainer(job) || job.ending !== undefined) return;
  job.ending = ending;
  world.jobs.touch(job);
  if (job.role === 'multinode') {
    for (const node of world.jobs.membersOf(job)) stop(world, node, ending);
    return;
  }
  if (job.status === 'STARTING') return endAttempt(world, job, {});
  if (ending.kind === 'host-terminated') return kill(world, job);
  world.alarms.set(job, 'kill', world.now + GRACE_SECONDS * world.times.secondMs);
  if (job.scripted === undefined) world.containers.signal(keyOf(job), 'SIGTERM');
  else if (!job.scripted.ignoresSigterm) endAttempt(world, job, { exitCode: SIGTERM_EXIT });
}

/** It has not ended in time. */
export function kill(world: World, job: Job): void {
  if (job.status !== 'RUNNING') return;
  if (job.scripted === undefined) world.containers.signal(keyOf(job), 'SIGKILL');
  else endAttempt(world, job, { exitCode: SIGKILL_EXIT });
}

/**
 * Before STARTING only; after that it is accepted and has no effect.
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_CancelJob.html
 */
export function cancel(world: World, job: Job, reason: string): void {
  if (isEnded(job) || hasContainer(job) || job.role === 'node') return;
  job.isCancelled = true;
  forgo(world, job, { kind: 'cancelled', reason });
  if (job.role === 'array') for (const child of world.jobs.membersOf(job)) cancel(world, child, reason);
}

/** At any time: what has not got to STARTING is cancelled. */
export function terminate(world: World, job: Job, reason: string): void {
  if (isEnded(job)) return;
  job.isTerminated = true;
  world.jobs.touch(job);
  const ending: Ending = { kind: 'terminated', reason };
  if (hasContainer(job)) return stop(world, job, ending);
  forgo(world, job, ending);
  if (job.role === 'array') for (const child of world.jobs.membersOf(job)) terminate(world, child, reason);
}

/** It will not start: the next step finds that. */
function forgo(world: World, job: Job, ending: Ending): void {
  job.ending ??= ending;
  world.jobs.touch(job);
  if (job.status === 'PENDING' && job.role !== 'array') world.alarms.set(job, 'step', world.now);
  if (job.status === 'RUNNABLE') world.placementDue = true;
}
