import type { ContainerSpec, Job } from '../jobs/job.ts';
import { isMainNode } from './nodes.ts';
import { keyOf, type Run } from './world.ts';

/** What has to be known to run a container. */
export function runOf(job: Job, container: ContainerSpec, taskArn: string): Run {
  const definition = /job-definition\/([^:]+)/.exec(job.spec.definition)?.[1] ?? '';
  return {
    key: keyOf(job),
    job,
    attempt: job.attempts.length,
    container,
    environment: environmentOf(job, container),
    // https://docs.aws.amazon.com/batch/latest/userguide/job_states.html
    logStream: `${definition}/default/${taskArn.split('/').at(-1)}`,
  };
}

/**
 * https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
 * https://docs.aws.amazon.com/batch/latest/userguide/mnp-env-vars.html
 */
function environmentOf(job: Job, container: ContainerSpec): Record<string, string> {
  const own = Object.fromEntries(container.environment.map(({ name, value }) => [name, value]));
  const { nodes } = job.spec;
  return {
    ...own,
    AWS_BATCH_CE_NAME: job.placement?.environment ?? '',
    AWS_BATCH_JOB_ATTEMPT: String(job.attempts.length),
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JQ_NAME: job.spec.queue.split('/').at(-1) ?? '',
    ...(job.role === 'child' && {
      AWS_BATCH_JOB_ARRAY_INDEX: String(job.index),
      AWS_BATCH_JOB_ARRAY_SIZE: String(job.spec.arraySize),
    }),
    ...(job.role === 'node' &&
      nodes !== undefined && {
        AWS_BATCH_JOB_NODE_INDEX: String(job.index),
        AWS_BATCH_JOB_NUM_NODES: String(nodes.numNodes),
        AWS_BATCH_JOB_MAIN_NODE_INDEX: String(nodes.mainNode),
        ...(!isMainNode(job) && { AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: NODE_ADDRESS }),
      }),
  };
}

/** All nodes are processes of this machine. */
export const NODE_ADDRESS = '127.0.0.1';
