import { z } from 'zod';
import { arnOf } from './arn.ts';
import { batchError } from './error.ts';
import type { Job, JobSpec } from './jobs/job.ts';
import { Name, read, Tags } from './request.ts';
import { arnOfDefinition, platformOf, type Definition } from './resources/job-definitions.ts';
import { ContainerOverrides, RetryStrategy, Timeout } from './resources/job-shapes.ts';
import type { Queue } from './resources/job-queues.ts';
import { overridden, substituted } from './submission-container.ts';
import { nodesOf } from './submission-nodes.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MOST_DEPENDENCIES = 20;
const MOST_BYTES = 30 * 1024;

const Submit = z.object({
  jobName: Name,
  jobQueue: z.string(),
  jobDefinition: z.string(),
  arrayProperties: z.object({ size: z.int().min(2).max(10_000).optional() }).optional(),
  dependsOn: z
    .array(z.object({ jobId: z.string().optional(), type: z.enum(['N_TO_N', 'SEQUENTIAL']).optional() }))
    .max(MOST_DEPENDENCIES, `Job cannot have more than ${MOST_DEPENDENCIES} dependencies`)
    .default([]),
  parameters: z.record(z.string(), z.string()).default({}),
  containerOverrides: ContainerOverrides.optional(),
  nodeOverrides: z
    .object({
      numNodes: z.int().min(1).optional(),
      nodePropertyOverrides: z
        .array(
          z.object({
            targetNodes: z.string(),
            containerOverrides: ContainerOverrides.optional(),
            instanceTypes: z.array(z.string()).max(1).optional(),
          }),
        )
        .default([]),
    })
    .optional(),
  retryStrategy: RetryStrategy.optional(),
  timeout: Timeout.optional(),
  propagateTags: z.boolean().optional(),
  tags: Tags,
});
export type Submission = z.infer<typeof Submit>;

const NOT_HERE = [
  'shareIdentifier',
  'schedulingPriorityOverride',
  'eksPropertiesOverride',
  'ecsPropertiesOverride',
  'consumableResourcePropertiesOverride',
];

/** `text`: the request as it came, whose size is limited. */
export function readSubmission(body: unknown, text: string): Submission {
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw batchError.client(`The payload of SubmitJob has at most ${MOST_BYTES} bytes`);
  }
  return read(Submit, body, NOT_HERE);
}

/** What a submission comes to, with its definition. `find`: other jobs, that it may depend on. */
export function specOf(
  asked: Submission,
  definition: Definition,
  queue: Queue,
  region: string,
  find: (id: string) => Job | undefined,
): JobSpec {
  const arraySize = asked.arrayProperties?.size;
  const nodes = nodesOf(asked, definition);
  if (nodes !== undefined && arraySize !== undefined) {
    throw batchError.client('A multi-node parallel job cannot be an array job');
  }
  checkDependencies(asked, find);
  const parameters = { ...definition.parameters, ...asked.parameters };
  const { attemptDurationSeconds: timeoutSeconds } = asked.timeout ?? definition.timeout ?? {};
  return {
    name: asked.jobName,
    queue: arnOf('job-queue', region, queue.name),
    definition: arnOfDefinition(definition, region),
    platform: platformOf(definition),
    parameters,
    dependsOn: asked.dependsOn,
    arraySize,
    container:
      definition.containerProperties &&
      substituted(overridden(definition.containerProperties, asked.containerOverrides), parameters),
    nodes: nodes && {
      ...nodes,
      containers: nodes.containers.map((one) => ({
        ...one,
        container: substituted(one.container, parameters),
      })),
    },
    retryStrategy: asked.retryStrategy ?? definition.retryStrategy,
    timeoutSeconds,
    tags: asked.tags,
    propagateTags: asked.propagateTags ?? definition.propagateTags,
  };
}

/** https://docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html */
function checkDependencies(asked: Submission, find: (id: string) => Job | undefined): void {
  const size = asked.arrayProperties?.size;
  for (const { jobId, type } of asked.dependsOn) {
    if (type !== undefined && size === undefined) throw batchError.client(`${type} is for array jobs only`);
    if (jobId === undefined) {
      if (type !== 'SEQUENTIAL') throw batchError.client('A dependency needs a jobId');
      continue;
    }
    if (type === 'SEQUENTIAL') throw batchError.client('A SEQUENTIAL dependency has no jobId');
    const other = find(jobId);
    if (other === undefined) throw batchError.client(`Job ${jobId} does not exist`);
    // A node begins anew with every attempt of its job: its end is not an end.
    if (other.role === 'node') throw batchError.client(`${jobId} is a node of a multi-node parallel job`);
    if (type === 'N_TO_N' && other.spec.arraySize !== size) {
      throw batchError.client(`N_TO_N: ${jobId} is not an array job of the same size`);
    }
  }
}
