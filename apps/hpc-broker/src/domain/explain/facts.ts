import type {
  Cause,
  DatasetTransfer,
  Dependency,
  EngineView,
  JobSpec,
  JobState,
  Plan,
} from '@groundwork/contracts';

/** Everything of one moment that explains where a job is, and why. Times are the database's. */
export interface JobFacts {
  now: Date;
  job: JobFact;
  /** Elements that are alike, by how many they are. */
  groups: readonly ElementGroup[];
  /** What its pending elements wait for. */
  awaited: readonly Awaited[];
  /** Of its dataset; undefined: no task brings it. */
  transfer: TransferFact | undefined;
  /** Attempts under way, of those that are alike one. */
  underWay: readonly UnderWay[];
  /** Attempts that did not succeed, the latest first, of those that are alike one. */
  failed: readonly FailedAttempt[];
  /** Engines of its pool that are known. */
  engines: readonly EngineView[];
  /** Projects with something ready in its pool, its own among them where it has. */
  standings: readonly Standing[];
  /** Ready elements of its own project that go before its next one. */
  ahead: number;
  /** Undefined: it is not kept any more. */
  plan: Plan | undefined;
}

export interface JobFact {
  id: string;
  state: JobState;
  project: string;
  spec: JobSpec;
  size: number;
  held: { by: string; at: Date } | undefined;
  cancelledBy: string | undefined;
  /** What plans and elements call an engine. */
  pool: string;
  /** Of one element, or of the whole gang. */
  needs: { cores: number; memoryMiB: number; gpus: number };
  spentUsd: number;
  /** Of one attempt, as planned. */
  attemptWorstUsd: number;
  /** Attempts that have not ended. */
  openAttempts: number;
}

export interface ElementGroup {
  state: JobState;
  count: number;
  example: number;
  held: boolean;
  waits: boolean;
  throttled: boolean;
  /** The earliest of them; undefined: time does not keep them. */
  notBefore: Date | undefined;
  reason: string | undefined;
  /** Of the example. */
  failures: { user: number; infrastructure: number; preemption: number };
}

export type TransferFact = Pick<
  DatasetTransfer,
  'task' | 'state' | 'attempts' | 'filesDone' | 'filesTotal' | 'bytesDone' | 'bytesTotal' | 'reason'
> & {
  /** What DataSync calls where it is. */
  status: string | null;
  startedAt: Date | null;
  /** After a failure, not sooner. */
  notBefore: Date | null;
};

export interface Awaited {
  id: string;
  name: string;
  state: JobState;
  condition: Dependency['when'];
  each: boolean;
  /** Elements that wait for that. */
  count: number;
}

export interface UnderWay {
  state: 'placed' | 'submitted' | 'running';
  count: number;
  element: number;
  number: number;
  engine: string;
  host: string | undefined;
  placedAt: Date;
  startedAt: Date | undefined;
  plannedSeconds: number | undefined;
  /** Why the engine has not started it, where it says so. */
  reason: string | undefined;
  /** It is to be taken back from the engine, if it has not begun. */
  isWithdrawn: boolean;
}

export interface FailedAttempt {
  count: number;
  element: number;
  number: number;
  engine: string;
  host: string | undefined;
  cause: Cause;
  exitCode: number | undefined;
  reason: string;
  seconds: number | undefined;
  endedAt: Date;
}

export interface Standing {
  project: string;
  ready: number;
  runningCores: number;
  maxCores: number | undefined;
  /** Decayed core seconds. */
  usage: number;
  share: number;
}
