import {
  Accepted,
  Attempt,
  BatchExport,
  BulkAccepted,
  Drain,
  EngineView,
  Job,
  JobEvent,
  JobExplanation,
  JobSpec,
  JobSummary,
  Plan,
  PlannedAndActual,
  Queue,
  RefusedPlan,
  WorkflowSpec,
} from '@groundwork/contracts';
import {
  createOpenApiDocument,
  json,
  needs,
  problemResponse,
  refused,
  type ZodOpenApiPathsObject,
} from '@groundwork/service';
import { z } from 'zod';
import { ExportQuery } from './exports.ts';
import { AttemptQuery, EventQuery, JobQuery } from './jobs.ts';
import { LogQuery } from './logs.ts';
import { PlanQuery } from './plans.ts';

const id = { path: z.object({ id: z.uuid() }) };
const idOrName = {
  path: z.object({
    id: z.string().meta({ description: 'Its id; or a name: then it is the newest of that name' }),
  }),
};
const noSuchJob = { 404: problemResponse('There is no such job'), ...refused };
const key = {
  header: z.object({
    'idempotency-key': z
      .string()
      .optional()
      .meta({ description: 'The same one within a day adds nothing, and gets the same answer' }),
  }),
};
const page = <S extends z.ZodType, C extends z.ZodType>(schema: S, cursor: C) => ({
  description: 'A page',
  content: json(z.object({ items: z.array(schema), cursor: cursor.optional() })),
});
const all = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: json(z.object({ items: z.array(schema) })),
});
const inJsonOrYaml = <S extends z.ZodType>(schema: S) => ({
  content: { 'application/json': { schema }, 'application/yaml': { schema } },
});
const notTaken = {
  400: problemResponse('The request is not valid'),
  422: problemResponse('Nothing can run it; it waits for nobody; or the key belongs to another request'),
  429: problemResponse('So much is waiting already that more has to come later: Retry-After says when'),
  ...refused,
};

const steered = {
  description: 'The job, or the workflow with its jobs',
  content: json(z.union([JobSummary, z.object({ id: z.uuid(), jobs: z.array(JobSummary) })])),
};
const steering = (way: string, summary: string): ZodOpenApiPathsObject => ({
  [`/v1/jobs/{id}/${way}`]: {
    post: {
      summary,
      description: 'Of a job, or of all jobs of a workflow. Asked twice, it is as if once.',
      security: needs('jobs:write'),
      requestParams: id,
      responses: {
        200: steered,
        400: problemResponse('It is a name, of which there may be several: the newest id is told'),
        409: problemResponse('It has ended'),
        ...noSuchJob,
      },
    },
  },
});

const engineName = { path: z.object({ name: z.string() }) };
const drainedEngine = { description: 'The engine', content: json(EngineView) };
const noSuchEngine = { ...refused, 404: problemResponse('There is no such engine') };

const paths: ZodOpenApiPathsObject = {
  '/v1/plans': {
    post: {
      summary: 'Where a job would run, what that takes and costs, and why; nothing is submitted',
      security: needs('jobs:read'),
      requestParams: { query: PlanQuery },
      requestBody: inJsonOrYaml(JobSpec),
      responses: {
        200: {
          description: 'The plan; or the rules by which nothing can run it',
          content: json(z.union([Plan, RefusedPlan])),
        },
        400: problemResponse('The request is not valid'),
        ...refused,
      },
    },
  },
  '/v1/jobs': {
    post: {
      summary: 'Submit a job, or a workflow: several that wait for each other, all or none',
      security: needs('jobs:write'),
      requestParams: key,
      requestBody: inJsonOrYaml(z.union([JobSpec, WorkflowSpec])),
      responses: {
        201: { description: 'It is taken', content: json(Accepted) },
        200: { description: 'It had been taken before with this key', content: json(Accepted) },
        ...notTaken,
      },
    },
    get: {
      summary: 'Jobs, newest first',
      security: needs('jobs:read'),
      requestParams: { query: JobQuery },
      responses: {
        200: page(JobSummary, z.uuid()),
        400: problemResponse('The query is not valid'),
        ...refused,
      },
    },
  },
  '/v1/jobs/bulk': {
    post: {
      summary: 'Many jobs or workflows, one JSON object per line, up to 32 MB',
      security: needs('jobs:write'),
      requestParams: key,
      requestBody: { content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
      responses: {
        200: { description: 'What became of each line', content: json(BulkAccepted) },
        ...notTaken,
      },
    },
  },
  '/v1/jobs/{id}': {
    get: {
      summary: 'A job with its latest attempts and events',
      security: needs('jobs:read'),
      requestParams: idOrName,
      responses: { 200: { description: 'The job', content: json(Job) }, ...noSuchJob },
    },
  },
  '/v1/jobs/{id}/attempts': {
    get: {
      summary: 'All attempts of a job, the latest of the last element first',
      security: needs('jobs:read'),
      requestParams: { ...idOrName, query: AttemptQuery },
      responses: { 200: page(Attempt, z.string()), ...noSuchJob },
    },
  },
  '/v1/jobs/{id}/events': {
    get: {
      summary: 'Everything that happened to a job, the latest first',
      security: needs('jobs:read'),
      requestParams: { ...idOrName, query: EventQuery },
      responses: { 200: page(JobEvent, z.int()), ...noSuchJob },
    },
  },
  '/v1/jobs/{id}/logs': {
    get: {
      summary: 'What an attempt wrote, also while it runs',
      description:
        'As text, all or a range of bytes; or with Accept: text/event-stream as events attempt, stdout, stderr, gap and end, until the job has ended. Where no stream is named and stdout is empty, but stderr is not, the text is a line in brackets that says so; stream=stdout is always what it wrote, and nothing else.',
      security: needs('jobs:read'),
      requestParams: { ...idOrName, query: LogQuery },
      responses: {
        200: {
          description: 'The output, as far as it is kept: its beginning and its end',
          content: {
            'text/plain': { schema: { type: 'string' } },
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        206: { description: 'The range', content: { 'text/plain': { schema: { type: 'string' } } } },
        416: problemResponse('So much has not been written'),
        ...noSuchJob,
      },
    },
  },
  '/v1/jobs/{id}/explain': {
    get: {
      summary: 'Why a job waits, runs or has ended as it did, and why there',
      security: needs('jobs:read'),
      requestParams: idOrName,
      responses: { 200: { description: 'The story', content: json(JobExplanation) }, ...noSuchJob },
    },
  },
  '/v1/jobs/{id}/planned': {
    get: {
      summary: 'What was planned for a job, and what it took',
      security: needs('jobs:read'),
      requestParams: idOrName,
      responses: { 200: { description: 'Both', content: json(PlannedAndActual) }, ...noSuchJob },
    },
  },
  '/v1/jobs/{id}/export': {
    get: {
      summary:
        'Take a job elsewhere: as a script for Slurm, bodies for AWS Batch, or a ParallelCluster for it',
      description:
        'Nothing of a job is left out in silence: what the target cannot be told is a comment, or one of `notes`, that says what to do.',
      security: needs('jobs:read'),
      requestParams: { ...idOrName, query: ExportQuery },
      responses: {
        200: {
          description: 'sbatch: text/plain; batch: application/json; parallelcluster: application/yaml',
          content: {
            'text/plain': { schema: { type: 'string' } },
            ...json(BatchExport),
            'application/yaml': { schema: { type: 'string' } },
          },
        },
        400: problemResponse('The query is not valid'),
        422: problemResponse(
          'Batch would not take so much, or no instance of EC2 would do: the rules say why',
        ),
        ...noSuchJob,
      },
    },
  },
  ...steering('cancel', 'End it: what waits will not start, what runs is ended with all that it has started'),
  ...steering('hold', 'Let nothing of it start until it is released; what runs goes on'),
  ...steering('release', 'Let it go on'),
  ...steering('requeue', 'Run what has not succeeded again, with all its retries'),
  '/v1/queues': {
    get: {
      summary: 'What waits and runs of each project, and whose turn it is',
      security: needs('jobs:read'),
      responses: { 200: all('The projects', Queue), ...refused },
    },
  },
  '/v1/engines': {
    get: {
      summary: 'What runs jobs, what it has free, and what it can hold them to',
      security: needs('jobs:read'),
      responses: { 200: all('The engines', EngineView), ...refused },
    },
  },
  '/v1/engines/{name}/drain': {
    post: {
      summary: 'Hand it nothing more: what runs goes on, what waits there is taken back and runs elsewhere',
      description: 'Holds until it is undrained, also while the engine is away. Jobs that name it wait.',
      security: needs('jobs:write'),
      requestParams: engineName,
      requestBody: { content: json(Drain) },
      responses: {
        200: drainedEngine,
        400: problemResponse('The request is not valid'),
        ...noSuchEngine,
      },
    },
  },
  '/v1/engines/{name}/undrain': {
    post: {
      summary: 'Let it go on',
      security: needs('jobs:write'),
      requestParams: engineName,
      responses: { 200: drainedEngine, ...noSuchEngine },
    },
  },
};

export const openapi = createOpenApiDocument({
  title: 'Groundwork HPC broker',
  description:
    'Plans, prices and runs jobs: single ones, arrays, MPI over several nodes, and workflows of those.',
  version: '0.1.0',
  paths,
});
