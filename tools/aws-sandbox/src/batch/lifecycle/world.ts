import type { ContainerSpec, Job, Placement } from '../jobs/job.ts';
import type { Alarms } from '../jobs/alarms.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Times } from '../settings.ts';

/** How a container came to its end. */
export interface Exit {
  /** 128 + the signal's number when a signal ended it; none when its machine was lost. */
  exitCode?: number | undefined;
  reason?: string | undefined;
  statusReason?: string | undefined;
}

/** One container of one attempt. */
export interface Run {
  /** Names it for `stop`; of no other attempt. */
  key: string;
  job: Job;
  attempt: number;
  container: ContainerSpec;
  /** The job's own, and what Batch adds. */
  environment: Record<string, string>;
  logStream: string;
}

/** Either it runs and its end will be told, or it is known already how it will end, or it does not start. */
export type Start =
  | { kind: 'running'; hostLostAfterMs?: number }
  | {
      kind: 'scripted';
      afterMs: number;
      exit: Exit & { exitCode: number };
      ignoresSigterm: boolean;
      hostLostAfterMs?: number;
    }
  | { kind: 'failed'; reason: string };

/** Who runs containers. */
export interface Containers {
  /** The process of a container, or the script that stands for it. */
  start(run: Run): Start;
  signal(key: string, signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface Logs {
  createStream(region: string, stream: string, now: number): void;
  append(region: string, stream: string, lines: readonly string[], now: number): void;
}

/** What keeps a job at the head of its queue from being placed; without a reason it only waits for room. */
export type Place = Placement | { blocked: string | undefined; retry: boolean };

/** Where jobs can run. */
export interface Places {
  /** Queues, by their ARNs, in the order in which they get what there is: those of the highest priority first. */
  inOrder(queues: readonly string[]): readonly string[];
  place(job: Job): Place;
  /** Of its queue: after how many seconds of being blocked for this reason a job is cancelled. */
  timeLimitOf(job: Job, reason: string): { reason: string; seconds: number } | undefined;
}

/** All that the steps of a job's life need. Time is that of the event that is being dealt with, in ms. */
export interface World {
  now: number;
  readonly jobs: Jobs;
  readonly alarms: Alarms;
  readonly times: Times;
  readonly containers: Containers;
  readonly logs: Logs;
  readonly places: Places;
  /** Something has changed that may let a waiting job start. */
  placementDue: boolean;
}

export const keyOf = (job: Job): string => `${job.id}/${job.attempts.length}`;
