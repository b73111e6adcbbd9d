import type { Job } from '../jobs/job.ts';
import { startAttempt } from './attempt.ts';
import { finish } from './finish.ts';
import type { World } from './world.ts';

/** How often it is tried again when there is nothing whose end could be waited for. */
const RETRY_MS = 100;

/**
 * Gives room to those whose turn it is. The head of a queue blocks it, whatever stands behind it: that is what Batch
 * tells as a blocked job queue. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
 */
export function placeWaiting(world: World): void {
  while (world.placementDue) {
    world.placementDue = false;
    for (const queue of world.places.inOrder(world.jobs.queuesWithWaiting())) placeFrom(world, queue);
  }
}

function placeFrom(world: World, queue: string): void {
  for (let head = world.jobs.headOf(queue); head !== undefined; head = world.jobs.headOf(queue)) {
    // Cancelled meanwhile: it stays RUNNABLE until it is at the head.
    if (head.ending !== undefined) {
      finish(world, head, 'FAILED', head.ending.reason);
      continue;
    }
    if (world.now < (head.runnableAt ?? 0) + world.times.runnableMs) {
      // Times may have been changed since the alarm was set.
      if (head.alarms.step === undefined) {
        world.alarms.set(head, 'step', (head.runnableAt ?? 0) + world.times.runnableMs);
      }
      return;
    }
    const place = world.places.place(head);
    if ('blocked' in place) return block(world, head, place.blocked, place.retry);
    unblock(world, head);
    startAttempt(world, head, place);
  }
}

function block(world: World, job: Job, reason: string | undefined, retry: boolean): void {
  if (retry) world.alarms.set(job, 'step', world.now + RETRY_MS);
  if (reason === job.blocked?.reason) return;
  unblock(world, job);
  world.jobs.touch(job);
  if (reason === undefined) return;
  job.statusReason = reason;
  job.blocked = { since: world.now, reason };
  const limit = world.places.timeLimitOf(job, reason);
  if (limit !== undefined) {
    world.alarms.set(job, 'limit', world.now + limit.seconds * world.times.secondMs);
  }
}

function unblock(world: World, job: Job): void {
  if (job.blocked === undefined) return;
  job.blocked = undefined;
  job.statusReason = undefined;
  world.alarms.clear(job, 'limit');
}

/** It has been blocked for as long as its queue allows. */
export function giveUpWaiting(world: World, job: Job): void {
  const limit = job.blocked && world.places.timeLimitOf(job, job.blocked.reason);
  if (limit === undefined || job.status !== 'RUNNABLE') return;
  finish(world, job, 'FAILED', `Canceled by JobStateTimeLimit action due to reason: ${limit.reason}`);
}
