import type { Cause, JobSpec, JobState } from '@groundwork/contracts';
import type { Accepting } from '../domain/jobs/workflow.ts';
import type { AttemptId } from '../domain/jobs/attempt-name.ts';
import type { Candidate, Project } from '../domain/sharing/choose.ts';
import type { Sighting } from './engine.ts';

/** Where a job will run and what that is expected to take, as the planner has said. */
export interface Assignment {
  /** Shape of the plan, under which it is kept once. */
  plan: string;
  engine: string;
  /** Of one attempt. */
  seconds: number;
  usd: number;
}

/** What several jobs belong to that were submitted together, and how its sender calls it. */
export interface WorkflowId {
  id: string;
  name: string;
}

/** A job that is to be written down. */
export interface Submitted extends Accepting {
  workflow: WorkflowId | undefined;
  assignment: Assignment;
  /** Of the task that brings its dataset, where that names one. */
  taskArn?: string | undefined;
}

/** A dependency is on a job that nobody has accepted. */
export class NoSuchJob extends Error {
  override readonly name = 'NoSuchJob';
  readonly id: string;

  constructor(id: string) {
    super(`There is no job ${id} to wait for`);
    this.id = id;
  }
}

/** An attempt that is to be handed to an engine, as the outbox holds it. */
export interface Placed extends AttemptId {
  spec: JobSpec;
  state: 'placed' | 'submitted' | 'running';
  /** See Placement. */
  isFirst?: boolean;
  purchase?: 'owned' | 'on-demand' | 'spot' | null;
}

export interface Seen extends AttemptId {
  sighting: Sighting;
}

/** How an attempt ended, for whoever shows or counts it. */
export interface EndedAttempt extends AttemptId {
  cause: Cause;
  next: JobState;
  seconds: number;
}

export interface ReadyQueues {
  queues: Map<string, Candidate[]>;
  projects: Map<string, Project>;
}
