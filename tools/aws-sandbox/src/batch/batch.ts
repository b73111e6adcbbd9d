import type { Logger } from '@groundwork/service';
import type { Faults } from '../faults/rules.ts';
import type { LogStreams } from '../logs/streams.ts';
import type { Database } from '../state.ts';
import { Outcomes } from './containers/outcomes.ts';
import { Processes, type ProcessOptions } from './containers/processes.ts';
import { Scripted } from './containers/scripted.ts';
import { isEnded, type Job } from './jobs/job.ts';
import { Jobs } from './jobs/jobs.ts';
import { JobStore } from './jobs/store.ts';
import { Engine } from './lifecycle/engine.ts';
import { forget } from './lifecycle/forget.ts';
import type { Containers, Run } from './lifecycle/world.ts';
import { QueuePlaces } from './places.ts';
import { ComputeEnvironments } from './resources/compute-environments.ts';
import { JobDefinitions } from './resources/job-definitions.ts';
import { JobQueues } from './resources/job-queues.ts';
import { BatchSettings } from './settings.ts';
import { shortagesOf } from './shortages.ts';
import type { SubmitThrottle } from './throttle.ts';

export interface BatchOptions {
  db: Database;
  faults: Faults;
  logs: LogStreams;
  logger: Logger;
  /** Commands are run as processes of this machine; without, jobs end as they are told to. */
  processes?: ProcessOptions | undefined;
  throttle?: SubmitThrottle | undefined;
}

/** All parts of Batch, and the timer that keeps it going. */
export class Batch {
  readonly settings: BatchSettings;
  readonly environments: ComputeEnvironments;
  readonly queues: JobQueues;
  readonly definitions: JobDefinitions;
  readonly jobs: Jobs;
  readonly engine: Engine;
  readonly outcomes = new Outcomes();
  readonly throttle: SubmitThrottle | undefined;
  readonly #faults: Faults;
  readonly #processes: Processes | undefined;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ db, faults, logs, logger, processes, throttle }: BatchOptions) {
    this.settings = new BatchSettings(db);
    const now = () => Date.now() + this.settings.aheadMs;
    const times = () => this.settings.times;
    this.#faults = faults;
    this.#logger = logger;
    this.throttle = throttle;
    this.environments = new ComputeEnvironments(db, times, now);
    this.queues = new JobQueues(db, this.environments, times, now);
    this.definitions = new JobDefinitions(db);
    this.jobs = new Jobs(new JobStore(db));
    const scripted = new Scripted(this.outcomes, logs, times, now);
    this.#processes =
      processes &&
      new Processes(processes, {
        output: (run, lines) => logs.append(run.job.region, run.logStream, lines, now()),
        ended: (key, exit) => {
          if (!this.#closed) this.#go(() => this.engine.exited(key, exit));
        },
      });
    const running = this.#processes;
    const containers: Containers = {
      // An outcome that somebody has asked for goes before what the command would do.
      start: (run) => {
        const runs = running !== undefined && !this.outcomes.has(run);
        const start = runs ? running.start(run) : scripted.start(run);
        return start.kind === 'failed' ? start : { ...start, ...this.#reclaimed(run) };
      },
      signal: (key, signal) => running?.signal(key, signal),
    };
    const places = new QueuePlaces(this.queues, this.environments, this.jobs, shortagesOf(faults));
    this.engine = new Engine({ jobs: this.jobs, containers, logs, places, times, clock: now });
  }

  async start(): Promise<void> {
    await this.#processes?.endLeftovers([...this.jobs.all()].filter(({ status }) => status === 'RUNNING'));
    this.engine.recover();
    this.wake();
  }

  /** Sets the alarm for what is due next. */
  wake(): void {
    clearTimeout(this.#timer);
    const { next } = this.engine;
    if (this.#closed || next === undefined) return;
    const inMs = Math.min(Math.max(0, next - Date.now() - this.settings.aheadMs), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#go(() => this.engine.do(() => {})), inMs);
  }

  /** What nobody has called for: a mistake in it must not end the sandbox. */
  #go(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logger.error({ error }, 'Batch failed');
    }
    this.wake();
  }

  /** Puts the clock forward: all that is due until then happens at once. */
  advance(ms: number): void {
    this.settings.aheadMs += ms;
    this.engine.do(() => {});
    this.wake();
  }

  /** Something outside of the jobs has changed that may let one start. */
  changed(): void {
    this.engine.do((world) => {
      world.placementDue = true;
    });
    this.wake();
  }

  /** The machine of a job, or those of all nodes of one, are taken away. Whether it had any. */
  reclaim(id: string): boolean {
    const had = this.engine.terminateHost(id);
    this.wake();
    return had;
  }

  /** As after a day, but at once: nothing is known of them any more, and what runs is killed. */
  forget(ids: readonly string[] | undefined): void {
    this.engine.do((world) => {
      const jobs =
        ids === undefined
          ? [...this.jobs.all()].filter((job) => job.parent === undefined && isEnded(job))
          : ids.flatMap((id) => this.jobs.find(id) ?? []);
      for (const job of jobs) forget(world, job);
    });
    this.wake();
  }

  /** When its machine is to be taken away again. */
  #reclaimed({ job }: Run): { hostLostAfterMs?: number } {
    const environment = job.placement?.environment;
    const [fault] = this.#faults.strike({ operation: 'batch:Host', environment });
    return fault?.kind === 'spot-reclaim' ? { hostLostAfterMs: fault.latencyMs } : {};
  }

  /** Whether a job is listed already. */
  visibility(): (job: Job) => boolean {
    const delays = this.#faults.strike({ operation: 'batch:Visibility' });
    const latest = Math.max(0, ...delays.map((fault) => ('latencyMs' in fault ? fault.latencyMs : 0)));
    const now = Date.now() + this.settings.aheadMs;
    return ({ createdAt }) => latest === 0 || createdAt <= now - latest;
  }

  /** Everything that runs is killed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#processes?.close();
  }
}
