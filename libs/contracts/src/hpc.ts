import { z } from 'zod';
import { JobSpec, JobState, WorkflowSpec } from './hpc-job.ts';
import { RejectedAlternative } from './hpc-plan.ts';

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
  'withdrawn',
]);
export type Cause = z.infer<typeof Cause>;

export const Attempt = z
  .object({
    name: z.string().describe('What the engine knows it by: {job}-{element}-{attempt}'),
    element: z.int(),
    number: z.int().describe('Counts from 1'),
    engine: z.string(),
    purchase: z.enum(['owned', 'on-demand', 'spot']).nullable(),
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
    what: z
      .string()
      .describe('job.accepted, job.ready, dataset.brought, attempt.running, attempt.ended, job.succeeded …'),
    element: z.int().nullable(),
    detail: z.unknown(),
  })
  .meta({ id: 'JobEvent' });
export type JobEvent = z.infer<typeof JobEvent>;

/** Published to the topic of job events: some of them at a time, in order. A batch may come twice; `seq` tells. */
export const JobEvents = z.object({ events: z.array(JobEvent) }).meta({ id: 'JobEvents' });
export type JobEvents = z.infer<typeof JobEvents>;

/** Of the data that a DataSync task brings before a job begins. */
export const DatasetTransfer = z
  .object({
    task: z.string(),
    state: z.enum(['waiting', 'starting', 'running', 'brought', 'failed', 'cancelled']),
    execution: z.string().nullable().describe('ARN of the latest execution, as far as it is known'),
    attempts: z.int().describe('Executions that were asked for'),
    filesDone: z.int().nullable(),
    filesTotal: z.int().nullable().describe('null: DataSync has not counted them yet'),
    bytesDone: z.int().nullable(),
    bytesTotal: z.int().nullable(),
    reason: z.string().nullable().describe('Why it is in this state, or what went wrong last'),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DatasetTransfer' });
export type DatasetTransfer = z.infer<typeof DatasetTransfer>;

const summary = {
  id: z.uuid(),
  name: z.string(),
  project: z.string(),
  submittedBy: z.string(),
  state: JobState,
  held: z.boolean(),
  reason: z.string().nullable().describe('Why it is in this state, where that is not plain'),
  workflow: z.uuid().nullable(),
  workflowName: z.string().nullable().describe('As its sender called it; null: it belongs to none'),
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
    transfer: DatasetTransfer.nullable().describe('Of its dataset, where that names a task'),
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

export const RejectedJobs = z.object({ line: z.int(), code: z.string(), message: z.string() });
export type RejectedJobs = z.infer<typeof RejectedJobs>;

/** What became of many submissions, one per line. */
export const BulkAccepted = z
  .object({
    lines: z.int().describe('That were looked at and have something in them'),
    jobs: z.array(
      z.object({
        line: z.int(),
        id: z.uuid().describe('Of the job, or of the workflow'),
        jobs: z.array(z.object({ id: z.uuid(), name: z.string() })).describe('Of a workflow'),
      }),
    ),
    rejected: z.array(RejectedJobs),
    stopped: z
      .object({ line: z.int(), code: z.string(), message: z.string(), retryAfterSeconds: z.int() })
      .nullable()
      .describe('From this line on nothing was looked at'),
    repeated: z.boolean().describe('Whether all of it had been sent before with this Idempotency-Key'),
  })
  .meta({ id: 'BulkAccepted' });
export type BulkAccepted = z.infer<typeof BulkAccepted>;

export const Queue = z
  .object({
    project: z.string(),
    share: z.number(),
    maxCores: z.int().nullable(),
    maxQueued: z.int().nullable().describe('null: as many as the service takes'),
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
    pool: z.string().describe('What plans name: engines that can stand in for each other'),
    kind: z.enum(['local', 'slurm', 'batch']),
    host: z.string(),
    seenAt: z.iso.datetime(),
    isAlive: z.boolean(),
    cores: z.int(),
    freeCores: z.int(),
    memoryMiB: z.int(),
    freeMemoryMiB: z.int(),
    gpus: z.int(),
    freeGpus: z.int(),
    nodes: z.int().describe('Machines that this is spread over'),
    attempts: z.int().describe('That have been placed there and have not ended'),
    closed: z.string().nullable().describe('Why nothing begins there now'),
    drained: z
      .object({ by: z.string(), reason: z.string().nullable(), at: z.iso.datetime() })
      .nullable()
      .describe('Who has asked that it is handed nothing more'),
    notes: z.array(z.string()).describe('What it can hold to, and what not'),
  })
  .meta({ id: 'EngineView' });
export type EngineView = z.infer<typeof EngineView>;

/** What `POST /v1/engines/{name}/drain` takes. */
export const Drain = z
  .strictObject({ reason: z.string().min(1).max(300).optional().describe('For those who wait') })
  .meta({ id: 'Drain' });
export type Drain = z.infer<typeof Drain>;

/** Elements that are where they are for the same reasons. A job that is no array has one. */
export const ElementsExplained = z
  .object({
    state: JobState,
    count: z.int(),
    example: z.int().describe('One of them'),
    because: z.array(z.string()),
    next: z.string().nullable().describe('What has to happen for them to go on'),
  })
  .meta({ id: 'ElementsExplained' });
export type ElementsExplained = z.infer<typeof ElementsExplained>;

export const JobExplanation = z
  .object({
    job: z.uuid(),
    state: JobState,
    summary: z.string(),
    because: z.array(z.string()).describe('Of all groups, with how many elements that is true of'),
    next: z.string().nullable().describe('What has to happen for it to go on'),
    elements: z.array(ElementsExplained).describe('By reason, what has not ended first'),
    place: z
      .object({
        engine: z.string(),
        why: z.array(z.string()),
        rejected: z.array(RejectedAlternative).describe('The best that were not chosen'),
      })
      .nullable()
      .describe('Why there and not elsewhere; null: the plan is not kept any more'),
  })
  .meta({ id: 'JobExplanation' });
export type JobExplanation = z.infer<typeof JobExplanation>;

/** What was planned for a job, against what its attempts that succeeded took. */
export const PlannedAndActual = z
  .object({
    job: z.uuid(),
    shape: z.string().nullable().describe('What calibration is kept by; null: the plan is not kept any more'),
    modelledSeconds: z.number().nullable().describe('Of one attempt, before calibration'),
    plannedSeconds: z.number().describe('Of one attempt, when it was planned'),
    succeeded: z.int().describe('Attempts that the following is of'),
    actualSeconds: z.object({ least: z.number(), median: z.number(), most: z.number() }).nullable(),
    plannedUsd: z.number().nullable().describe('Of the whole job, as likely'),
    spentUsd: z.number(),
    calibration: z
      .object({ median: z.number(), p90: z.number(), observations: z.int() })
      .nullable()
      .describe(
        'What attempts of this shape took, in multiples of what was modelled; null: too few have run',
      ),
  })
  .meta({ id: 'PlannedAndActual' });
export type PlannedAndActual = z.infer<typeof PlannedAndActual>;
