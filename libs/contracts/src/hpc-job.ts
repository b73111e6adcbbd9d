import { z } from 'zod';

/** Largest array that AWS Batch takes, and so the largest here: a job runs unchanged on each engine. */
export const MAX_ARRAY_SIZE = 10_000;
const DAY_SECONDS = 86_400;

const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be up to 64 letters, digits, - and _, the first no sign')
  .meta({ example: 'hello' });
const Label = z.string().regex(/^[A-Za-z0-9][\w./-]{0,62}$/, 'must be up to 63 letters, digits and ._-/');
const Variable = z.string().regex(/^[A-Za-z_]\w{0,127}$/, 'must be a name of an environment variable');
/** A command gets its words as they are; none can hold what ends a C string. */
const Word = z
  .string()
  .max(131_071)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

const Place = z
  .string()
  .max(1_024)
  .regex(
    /^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/\S+|\/.+)$/,
    'must be s3://bucket/key or an absolute path',
  )
  .meta({ example: 's3://data/input.csv' });
const Inside = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]+$/, 'must be a path inside the working directory');

export const Resources = z
  .strictObject({
    cores: z.int().min(1).max(1_024).default(1).describe('Physical cores per node or array element'),
    memoryMiB: z.int().min(16).max(33_554_432).optional().describe('Per node or array element'),
    gpus: z.int().min(0).max(16).default(0).describe('Per node or array element'),
    arch: z.enum(['x86_64', 'arm64']).optional().describe('Without it either will do'),
    scratchGiB: z.int().min(1).max(200_000).optional().describe('Local space that is gone afterwards'),
    storage: z
      .strictObject({
        gib: z.int().min(1).max(10_000_000),
        iops: z.int().min(1).max(10_000_000).optional(),
        mibPerSecond: z.int().min(1).max(1_000_000).optional(),
        shared: z.boolean().default(false).describe('Whether all nodes have to see the same files'),
      })
      .optional()
      .describe('What it reads and writes while it runs'),
  })
  .meta({ id: 'Resources' });
export type Resources = z.infer<typeof Resources>;

/** `cause` decides which budget the next attempt is taken from, and whether there is one. */
export const ExitRule = z.strictObject({
  codes: z
    .array(z.union([z.int().min(0).max(255), z.string().regex(/^\d{1,3}-\d{1,3}$/, 'must be like 10-19')]))
    .min(1)
    .max(32),
  means: z.enum(['success', 'user', 'infrastructure', 'preemption', 'fatal']),
});
export type ExitRule = z.infer<typeof ExitRule>;

export const Retries = z
  .strictObject({
    user: z.int().min(0).max(100).default(0).describe('After the job itself failed'),
    infrastructure: z.int().min(0).max(100).default(3).describe('After a host or an engine failed it'),
    preemption: z.int().min(0).max(1_000).default(10).describe('After its place was taken away'),
    spot: z
      .int()
      .min(0)
      .max(1_000)
      .default(2)
      .describe('Losses of Spot after which the next attempt is On-Demand, where purchase is any'),
    backoffSeconds: z
      .int()
      .min(0)
      .max(DAY_SECONDS)
      .default(1)
      .describe('Before the first one; doubled each time'),
  })
  .meta({ id: 'Retries' });
export type Retries = z.infer<typeof Retries>;

export const Dependency = z.strictObject({
  job: z.string().min(1).max(64).describe('An id; in a workflow also the name of another job of it'),
  when: z.enum(['afterok', 'afterany', 'afternotok']).default('afterok'),
  each: z
    .boolean()
    .default(false)
    .describe('Between arrays of one size: each element waits only for the element of the same index'),
});
export type Dependency = z.infer<typeof Dependency>;

export const Dataset = z
  .strictObject({
    bytes: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    files: z.int().min(1).max(100_000_000_000).default(1),
    at: z.enum(['aws', 'on-premises']).default('aws'),
    uplinkMbps: z
      .number()
      .positive()
      .max(1_000_000)
      .optional()
      .describe('Of the site where it is, to the internet'),
    directConnect: z
      .boolean()
      .default(false)
      .describe('Whether there is a Direct Connect already; a new one takes weeks'),
    task: Label.optional().describe(
      'A DataSync task that the service has been told of, by its name: it brings the data, and the job does not begin before',
    ),
  })
  .refine(({ task, at }) => task === undefined || at === 'on-premises', {
    error: 'needs `at: on-premises`: what is in AWS already is brought by no task',
    path: ['task'],
  })
  .meta({ id: 'Dataset' });
export type Dataset = z.infer<typeof Dataset>;

const job = {
  name: Name,
  command: z.array(Word).min(1).max(1_024).optional().describe('The program and its arguments, as they are'),
  shell: Word.min(1).optional().describe('Instead of a command: a script for /bin/sh'),
  image: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Container image: then only engines that run containers take it, which is AWS Batch'),
  environment: z
    .record(Variable, Word)
    .default({})
    .describe("All that it gets besides PATH, HOME, TMPDIR and GROUNDWORK_*; never the broker's own"),
  workingDirectory: z
    .string()
    .regex(/^\/[^\0]*$/, 'must be an absolute path')
    .optional()
    .describe('Without it an empty directory of its own'),
  inputs: z
    .array(z.strictObject({ from: Place, to: Inside }))
    .max(100)
    .default([])
    .describe(
      'Brought before it starts: files, or with a slash at the end all below. Of an array, {index} counts',
    ),
  outputs: z
    .array(z.strictObject({ from: Inside, to: Place }))
    .max(100)
    .default([])
    .describe('Stored once it has succeeded. Of an array, {index} counts, and has to be in each `to`'),
  resources: Resources.prefault({}),
  array: z
    .strictObject({
      size: z.int().min(2).max(MAX_ARRAY_SIZE),
      atOnce: z
        .int()
        .min(1)
        .max(MAX_ARRAY_SIZE)
        .optional()
        .describe('Elements that may run at the same time'),
    })
    .optional()
    .describe('As many runs of the same; GROUNDWORK_ARRAY_INDEX counts from 0'),
  mpi: z
    .strictObject({
      nodes: z.int().min(1).max(1_000),
      ranksPerNode: z.int().min(1).max(1_024),
      network: z.enum(['any', 'low-latency', 'efa']).default('any'),
      gangTimeoutSeconds: z
        .int()
        .min(1)
        .max(DAY_SECONDS)
        .default(600)
        .describe('How long part of its nodes may be kept waiting for the rest'),
    })
    .optional()
    .describe('One job over several nodes, all or none; started by mpirun'),
  dependsOn: z.array(Dependency).max(100).default([]),
  walltimeSeconds: z
    .int()
    .min(1)
    .max(30 * DAY_SECONDS)
    .default(3_600)
    .describe('Per attempt; then it is ended'),
  workSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'How long one attempt is expected to take on `cores` cores of 2024; without it walltimeSeconds',
    ),
  deadline: z.iso.datetime().optional(),
  retries: Retries.prefault({}),
  exitCodes: z
    .array(ExitRule)
    .max(16)
    .default([])
    .describe('The first that matches counts; else 0 is success'),
  checkpoint: z
    .strictObject({
      signal: z.enum(['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP']).default('SIGUSR1'),
      graceSeconds: z.int().min(1).max(3_600).default(60),
      everySeconds: z.int().min(1).max(DAY_SECONDS).optional().describe('How often it does so by itself'),
      costSeconds: z.number().positive().max(3_600).default(30).describe('How long writing one takes'),
    })
    .optional()
    .describe('What it is sent before it is ended, and how long it then has'),
  priority: z.int().min(0).max(1_000).default(500).describe('Within its project; more is sooner'),
  project: Label.default('default'),
  user: Label.optional().describe('Without it whoever submits'),
  maxCostUsd: z.number().positive().max(10_000_000).optional().describe('Over all attempts'),
  purchase: z.enum(['any', 'on-demand', 'spot']).default('any'),
  objective: z
    .enum(['cheapest', 'fastest'])
    .default('cheapest')
    .describe('Among the plans that keep the deadline'),
  engine: z.string().min(1).max(64).optional().describe('Only this one'),
  dataset: Dataset.optional().describe('What has to be brought to where it runs'),
  labels: z.record(Label, z.string().max(255)).default({}),
};

const oneCommand = ({ command, shell }: { command?: unknown; shell?: unknown }): boolean =>
  (command === undefined) !== (shell === undefined);
const notBoth = ({ array, mpi }: { array?: unknown; mpi?: unknown }): boolean =>
  array === undefined || mpi === undefined;

/** Else each element would overwrite what the others have stored. */
const ownOutputs = ({ array, outputs }: { array?: unknown; outputs: { to: string }[] }): boolean =>
  array === undefined || outputs.every(({ to }) => to.includes('{index}'));

export const JobSpec = z
  .strictObject(job)
  .refine(oneCommand, { error: 'must have exactly one of command and shell', path: ['command'] })
  .refine(notBoth, {
    error: 'must not be an array and over several nodes at once: no engine runs that; make it a workflow',
    path: ['array'],
  })
  .refine(ownOutputs, {
    error: 'must have {index} in each `to`: else the elements of the array overwrite what the others store',
    path: ['outputs'],
  })
  .meta({ id: 'JobSpec' });
export type JobSpec = z.infer<typeof JobSpec>;

/** Jobs that depend on each other by name, taken together or not at all. */
export const WorkflowSpec = z
  .strictObject({ name: Name, jobs: z.array(JobSpec).min(1).max(1_000) })
  .meta({ id: 'WorkflowSpec' });
export type WorkflowSpec = z.infer<typeof WorkflowSpec>;

export const JobState = z.enum([
  'pending',
  'ready',
  'submitted',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'lost',
]);
export type JobState = z.infer<typeof JobState>;

export const FINAL_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'lost'];
