import { z } from 'zod';
import { JobSpec, JobState, WorkflowSpec } from './hpc-job.ts';

/** What `POST /v1/jobs` and the intake queue take. */
export const Submission = z.union([WorkflowSpec, JobSpec]).meta({ id: 'Submission' });
export type Submission = z.infer<typeof Submission>;

/** Why an attempt ended as it did, and so which budget the next one is taken from. */
export const Cause = z.enum([
  'success',
  'user',
  'infrastructure',
  'preemption',
  'fatal',
  'cancelled',
  'lost',
]);
export type Cause = z.infer<typeof Cause>;

export const Attempt = z
  .object({
    name: z.string().describe('What the engine knows it by: {job}-{element}-{attempt}'),
    element: z.int(),
    number: z.int().describe('Counts from 1'),
    engine: z.string(),
    state: z.enum(['placed', 'submitted', 'running', 'ended']),
    placedAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    host: z.string().nullable(),
    cause: Cause.nullable(),
    exitCode: z.int().nullable(),
    reason: z.string().nullable(),
    plannedSeconds: z.number().nullable(),
    actualSeconds: z.number().nullable(),
    costUsd: z.number().nullable(),
  })
  .meta({ id: 'Attempt' });
export type Attempt = z.infer<typeof Attempt>;

export const JobEvent = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    job: z.uuid(),
    project: z.string(),
    what: z.string().describe('job.accepted, job.ready, attempt.running, attempt.ended, job.succeeded …'),
    element: z.int().nullable(),
    detail: z.unknown(),
  })
  .meta({ id: 'JobEvent' });
export type JobEvent = z.infer<typeof JobEvent>;

/** Published to the topic of job events: some of them at a time, in order. A batch may come twice; `seq` tells. */
export const JobEvents = z.object({ events: z.array(JobEvent) }).meta({ id: 'JobEvents' });
export type JobEvents = z.infer<typeof JobEvents>;

const summary = {
  id: z.uuid(),
  name: z.string(),
  project: z.string(),
  submittedBy: z.string(),
  state: JobState,
  held: z.boolean(),
  reason: z.string().nullable().describe('Why it is in this state, where that is not plain'),
  workflow: z.uuid().nullable(),
  elements: z.record(JobState, z.int()).describe('How many of its elements are in which state'),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  spentUsd: z.number(),
};

export const JobSummary = z.object(summary).meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof JobSummary>;

export const Job = z
  .object({
    ...summary,
    spec: JobSpec,
    attempts: z.array(Attempt).describe('The latest; all of them at …/attempts'),
    events: z.array(JobEvent).describe('The latest'),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;

export const Accepted = z
  .object({
    id: z.uuid().describe('Of the job, or of the workflow'),
    jobs: z.array(z.object({ id: z.uuid(), name: z.string() })),
    repeated: z.boolean().describe('Whether the Idempotency-Key was used before: then nothing was added'),
  })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof Accepted>;

export const Queue = z
  .object({
    project: z.string(),
    share: z.number(),
    maxCores: z.int().nullable(),
    maxQueued: z.int(),
    pending: z.int(),
    ready: z.int(),
    running: z.int(),
    runningCores: z.int(),
    usage: z.number().describe('Core seconds used, those of a while ago counting less'),
    standing: z.number().describe('usage / share: who has least is next'),
  })
  .meta({ id: 'Queue' });
export type Queue = z.infer<typeof Queue>;

export const EngineView = z
  .object({
    name: z.string(),
    kind: z.enum(['local', 'slurm', 'batch']),
    host: z.string(),
    seenAt: z.iso.datetime(),
    isAlive: z.boolean(),
    cores: z.int(),
    freeCores: z.int(),
    memoryMiB: z.int(),
    gpus: z.int(),
    attempts: z.int().describe('That have been placed there and have not ended'),
    closed: z.string().nullable(),
    notes: z.array(z.string()).describe('What it can hold to, and what not'),
  })
  .meta({ id: 'EngineView' });
export type EngineView = z.infer<typeof EngineView>;

export const JobExplanation = z
  .object({
    job: z.uuid(),
    state: JobState,
    summary: z.string(),
    because: z.array(z.string()),
    next: z.string().nullable().describe('What has to happen for it to go on'),
    place: z.object({ engine: z.string(), why: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'JobExplanation' });
export type JobExplanation = z.infer<typeof JobExplanation>;
