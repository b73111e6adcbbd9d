import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

/** Of the engine that runs jobs in AWS Batch; it is there when BATCH_QUEUE_ON_DEMAND is set. */
export const batchSettings = {
  BATCH_QUEUE_ON_DEMAND: setting(z.string().min(1).optional(), {
    description: 'Job queue of AWS Batch for what is bought On-Demand; makes AWS Batch an engine',
    example: 'groundwork-on-demand',
  }),
  BATCH_QUEUE_SPOT: setting(z.string().min(1).optional(), {
    description: 'Job queue for Spot; without it nothing is bought there',
    example: 'groundwork-spot',
  }),
  BATCH_QUEUE_MULTI_NODE: setting(z.string().min(1).optional(), {
    description:
      'Job queue for jobs over several nodes: On-Demand, in one zone, with a cluster placement group',
    example: 'groundwork-multi-node',
  }),
  BATCH_NAME: setting(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,30}$/)
      .default('batch'),
    {
      description: 'What jobs and plans call this engine',
      example: 'batch',
    },
  ),
  BATCH_IMAGE: setting(z.string().min(1).optional(), {
    description: 'Container image of jobs that name none; it needs /bin/sh',
    example: 'public.ecr.aws/docker/library/debian:12',
  }),
  BATCH_JOB_ROLE: setting(z.string().min(1).optional(), {
    description: 'ARN of the IAM role that containers have',
    example: 'arn:aws:iam::123456789012:role/hpc-jobs',
  }),
  BATCH_EXECUTION_ROLE: setting(z.string().min(1).optional(), {
    description: 'ARN of the IAM role by which images and secrets are fetched',
    example: 'arn:aws:iam::123456789012:role/hpc-execution',
  }),
  BATCH_VCPUS_PER_CORE: setting(integerSetting({ min: 1, max: 2 }).default(2), {
    description: 'vCPUs that a core is: 2 on x86 with two threads a core, 1 on Graviton',
    example: '2',
  }),
  BATCH_CORES: setting(integerSetting({ min: 1, max: 10_000_000 }).optional(), {
    description: 'Cores that may be asked of it at the same time; default what its compute environments have',
    example: '4096',
  }),
  BATCH_SUBMITS_PER_SECOND: setting(integerSetting({ min: 1, max: 1_000 }).default(50), {
    description: 'Submissions a second, of which an AWS account has 50; less where others submit too',
    example: '40',
  }),
  BATCH_POLL_SECONDS: setting(integerSetting({ min: 1, max: 300 }).default(5), {
    description: 'How often AWS Batch is asked what has become of jobs, in seconds',
    example: '5',
  }),
  BATCH_QUIET_SECONDS: setting(integerSetting({ min: 1, max: 3_600 }).default(60), {
    description:
      'How long after a submission whose answer got lost its job is looked for before it is submitted again, in seconds',
    example: '60',
  }),
};

export type BatchSettings = z.output<z.ZodObject<typeof batchSettings>>;
