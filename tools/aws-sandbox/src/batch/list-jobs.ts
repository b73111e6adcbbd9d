import { z } from 'zod';
import { nameIn } from './arn.ts';
import { batchError } from './error.ts';
import { STATUSES, type Job } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';
import { pageOf } from './pages.ts';
import { renderSummary } from './render-job.ts';
import { read } from './request.ts';

const List = z.object({
  jobQueue: z.string().optional(),
  arrayJobId: z.string().optional(),
  multiNodeJobId: z.string().optional(),
  jobStatus: z.enum(STATUSES as [string, ...string[]]).optional(),
  maxResults: z.int().optional(),
  nextToken: z.string().optional(),
  filters: z
    .array(
      z.object({
        name: z.enum(['JOB_NAME', 'JOB_DEFINITION', 'BEFORE_CREATED_AT', 'AFTER_CREATED_AT']),
        values: z.array(z.string()).min(1),
      }),
    )
    .max(1, 'only one filter can be used at a time')
    .optional(),
});
type Filter = NonNullable<z.infer<typeof List>['filters']>[number];

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html */
const MOST = 1_000;
const MOST_FILTERED = 100;

/** `queueArn` checks that a queue is there; `isVisible` hides what nobody is to see yet. */
export function listJobs(
  jobs: Jobs,
  body: unknown,
  region: string,
  queueArn: (reference: string) => string,
  isVisible: (job: Job) => boolean,
) {
  const asked = read(List, body);
  const of = [asked.jobQueue, asked.arrayJobId, asked.multiNodeJobId].filter((one) => one !== undefined);
  if (of.length !== 1) {
    throw batchError.client('Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified');
  }
  const [filter] = asked.filters ?? [];
  if (filter !== undefined && asked.jobQueue === undefined) {
    throw batchError.client('Filters do not apply to child jobs of array or multi-node parallel jobs');
  }
  const candidates =
    asked.jobQueue === undefined
      ? membersOf(jobs, of[0] ?? '', region, asked.arrayJobId === undefined ? 'node' : 'child')
      : inQueue(jobs, queueArn(asked.jobQueue));
  const matches = filter === undefined ? undefined : testOf(filter, region);
  const status = asked.jobStatus ?? 'RUNNING';
  const found = candidates
    .filter(isVisible)
    .filter((job) => (matches === undefined ? job.status === status : matches(job)));
  const { page, next } = pageOf(of[0] ?? '', found, asked, filter === undefined ? MOST : MOST_FILTERED);
  return { jobSummaryList: page.map(renderSummary), ...next };
}

function membersOf(jobs: Jobs, id: string, region: string, role: Job['role']): Job[] {
  const parent = jobs.find(id);
  if (parent?.region !== region) return [];
  return jobs.membersOf(parent).filter((one) => one.role === role);
}

/** Children are listed by their parent only. The newest first. */
function inQueue(jobs: Jobs, queue: string): Job[] {
  return [...jobs.all()]
    .filter((job) => job.spec.queue === queue && job.parent === undefined)
    .toSorted((a, b) => b.createdAt - a.createdAt || b.seq - a.seq);
}

/** One of several values is enough. */
function testOf({ name, values }: Filter, region: string): (job: Job) => boolean {
  const tests = values.map((value) => testOfValue(name, value, region));
  return (job) => tests.some((test) => test(job));
}

function testOfValue(name: Filter['name'], value: string, region: string): (job: Job) => boolean {
  switch (name) {
    case 'JOB_NAME':
      return ({ spec }) => isLike(spec.name.toLowerCase(), value.toLowerCase());
    case 'JOB_DEFINITION': {
      if (value.startsWith('arn:')) return ({ spec }) => spec.definition === value;
      return ({ spec }) =>
        isLike(nameIn('job-definition', region, spec.definition).split(':')[0] ?? '', value);
    }
    case 'BEFORE_CREATED_AT':
      return ({ createdAt }) => createdAt < timeOf(value);
    case 'AFTER_CREATED_AT':
      return ({ createdAt }) => createdAt > timeOf(value);
  }
}

const isLike = (text: string, pattern: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;

function timeOf(value: string): number {
  if (!/^\d{1,16}$/.test(value)) throw batchError.client(`${value} is not a time in milliseconds`);
  return Number(value);
}
