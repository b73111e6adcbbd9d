import type { AlarmKind, Job } from '../jobs/job.ts';
import { Alarms } from '../jobs/alarms.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { endAttempt } from './attempt.ts';
import { forget } from './forget.ts';
import { giveUpWaiting, placeWaiting } from './placement.ts';
import { step } from './step.ts';
import { kill, stop } from './stop.ts';
import { keyOf, type Containers, type Exit, type Logs, type Places, type World } from './world.ts';
import type { Times } from '../settings.ts';

export interface EngineParts {
  jobs: Jobs;
  containers: Containers;
  logs: Logs;
  places: Places;
  times: () => Times;
  /** ms since the epoch. */
  clock: () => number;
}

/**
 * Moves all jobs through their lives. What is due is done in the order in which it is due, each thing at its own time,
 * so that a late timer changes nothing but when it is seen. It sets no timer itself: `next` says when to call again.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #world: World;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#world = {
      now: 0,
      jobs: parts.jobs,
      alarms: new Alarms(),
      get times() {
        return parts.times();
      },
      containers: parts.containers,
      logs: parts.logs,
      places: parts.places,
      placementDue: true,
    };
  }

  /** Goes on where the last process stopped. What ran as a process of it is gone, with its machine so to speak. */
  recover(): void {
    const { alarms, jobs } = this.#world;
    const all = [...jobs.all()];
    for (const job of all) {
      for (const [kind, due] of Object.entries(job.alarms)) alarms.set(job, kind as AlarmKind, due);
      // Who waits for whom is not kept: it is found out again.
      if (job.status === 'PENDING' && job.role !== 'array') alarms.set(job, 'step', this.#parts.clock());
    }
    const lost = all.filter(
      (job) => job.status === 'RUNNING' && job.role !== 'multinode' && job.scripted === undefined,
    );
    this.do((world) => {
      for (const job of lost) {
        // One that was being ended has been.
        if (job.ending === undefined) this.#loseHost(world, job);
        endAttempt(world, job, {});
      }
    });
  }

  /** Does what is due, then the work, then what follows from it; and writes it down. */
  do<T>(work: (world: World) => T): T {
    this.#catchUp();
    try {
      return work(this.#world);
    } finally {
      this.#catchUp();
      this.#parts.jobs.save();
    }
  }

  /** When something is due; undefined when nothing is. */
  get next(): number | undefined {
    return this.#world.alarms.next;
  }

  /** A container has ended that was not scripted. */
  exited(key: string, exit: Exit): void {
    this.do((world) => {
      const job = world.jobs.find(key.slice(0, key.lastIndexOf('/')));
      if (job?.status === 'RUNNING' && keyOf(job) === key) endAttempt(world, job, exit);
    });
  }

  /** The machine of a running job is taken away. Whether there was one. */
  terminateHost(id: string): boolean {
    return this.do((world) => {
      const job = world.jobs.find(id);
      return job !== undefined && this.#loseHost(world, job);
    });
  }

  #loseHost(world: World, job: Job): boolean {
    if (job.placement === undefined || (job.status !== 'STARTING' && job.status !== 'RUNNING')) return false;
    stop(world, job, {
      kind: 'host-terminated',
      reason: `Host EC2 (instance ${job.placement.instanceId}) terminated.`,
    });
    return true;
  }

  #catchUp(): void {
    const world = this.#world;
    const now = this.#parts.clock();
    placeWaiting(world);
    for (let alarm = world.alarms.take(now); alarm !== undefined; alarm = world.alarms.take(now)) {
      world.now = Math.max(world.now, alarm.due);
      this.#ring(world, alarm.job, alarm.kind);
      placeWaiting(world);
    }
    world.now = Math.max(world.now, now);
  }

  #ring(world: World, job: Job, kind: AlarmKind): void {
    world.jobs.touch(job);
    switch (kind) {
      case 'step':
        return step(world, job);
      case 'exit':
        return endAttempt(world, job, job.scripted ?? {});
      case 'timeout':
        return stop(world, job, { kind: 'timed-out', reason: 'Job attempt duration exceeded timeout' });
      case 'kill':
        return kill(world, job);
      case 'host':
        this.#loseHost(world, job);
        return;
      case 'limit':
        return giveUpWaiting(world, job);
      case 'forget':
        return forget(world, job);
    }
  }
}
