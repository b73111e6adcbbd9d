import type { Job } from '../jobs/job.ts';
import { keyOf, type World } from './world.ts';

/** A job is not known any more; what still runs of it is killed. */
export function forget(world: World, job: Job): void {
  for (const one of [job, ...world.jobs.membersOf(job)]) {
    if (one.status === 'RUNNING') world.containers.signal(keyOf(one), 'SIGKILL');
    for (const dependent of world.jobs.dependentsOf(one)) {
      if (dependent.status === 'PENDING') world.alarms.set(dependent, 'step', world.now);
    }
  }
  world.jobs.remove(job);
  world.placementDue = true;
}
