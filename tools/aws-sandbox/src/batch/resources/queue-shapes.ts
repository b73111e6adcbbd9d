import { z } from 'zod';
import { Name, State, Tags } from '../request.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MOST_ENVIRONMENTS = 3;

export const Order = z
  .array(z.object({ order: z.int(), computeEnvironment: z.string() }))
  .min(1, 'needs a compute environment')
  .max(MOST_ENVIRONMENTS, `at most ${MOST_ENVIRONMENTS} compute environments`);

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_JobStateTimeLimitAction.html */
export const TimeLimit = z.object({
  reason: z.enum([
    'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
  ]),
  state: z.literal('RUNNABLE'),
  maxTimeSeconds: z.int().min(600).max(86_400),
  action: z.literal('CANCEL'),
});

export const CreateJobQueue = z.object({
  jobQueueName: Name,
  state: State.default('ENABLED'),
  priority: z.int().min(0),
  computeEnvironmentOrder: Order,
  jobStateTimeLimitActions: z.array(TimeLimit).default([]),
  tags: Tags,
});

export const UpdateJobQueue = z.object({
  jobQueue: z.string(),
  state: State.optional(),
  priority: z.int().min(0).optional(),
  computeEnvironmentOrder: Order.optional(),
  jobStateTimeLimitActions: z.array(TimeLimit).optional(),
});

export const DescribeJobQueues = z.object({
  jobQueues: z.array(z.string()).max(100).optional(),
  maxResults: z.int().optional(),
  nextToken: z.string().optional(),
});
export type Order = z.infer<typeof Order>;
export type TimeLimit = z.infer<typeof TimeLimit>;
