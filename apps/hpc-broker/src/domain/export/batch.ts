import {
  BatchExport,
  type BatchContainer,
  type BatchJobDefinition,
  type BatchSubmitJob,
  type JobSpec,
} from '@groundwork/contracts';
import type { Services } from '../catalogue/services.ts';
import { efaOf } from '../jobs/efa.ts';
import { coresPerNode } from '../jobs/takes.ts';
import {
  isOnSuccess,
  isReserved,
  isTag,
  LEAST_TIMEOUT_SECONDS,
  MIB_PER_CORE,
  MOST_DEFINITION_BYTES,
  MOST_DEPENDENCIES,
  MOST_SUBMIT_BYTES,
  MOST_TAGS,
  threadsOf,
} from './batch-limits.ts';
import { batchNotes } from './batch-notes.ts';
import { batchRetries } from './batch-retries.ts';
import { batchCommand, isGang } from './batch-wrapper.ts';
import { CannotExport, parentName, type ExportedJob, type OnEc2 } from './exported.ts';

/** Bodies for AWS Batch on EC2. Throws CannotExport where Batch would take them under no circumstances. */
export function toBatch(job: ExportedJob, on: OnEc2 | undefined, services: Services): BatchExport {
  const { spec } = job;
  const { array, mpi } = spec;
  const { notes, ...retryStrategy } = batchRetries(spec);
  const timeout = { attemptDurationSeconds: Math.max(spec.walltimeSeconds, LEAST_TIMEOUT_SECONDS) };
  const tags = tagsOf(spec);
  const tagged = Object.keys(tags).length === 0 ? {} : { tags };
  const container = containerOf(spec, on, services);
  const dependsOn = dependenciesOf(job);
  const registerJobDefinition: BatchJobDefinition = {
    jobDefinitionName: spec.name,
    type: isGang(spec) ? 'multinode' : 'container',
    platformCapabilities: ['EC2'],
    ...(isGang(spec) && mpi !== undefined
      ? {
          nodeProperties: {
            numNodes: mpi.nodes,
            mainNode: 0,
            nodeRangeProperties: [{ targetNodes: `0:${mpi.nodes - 1}`, container }],
          },
        }
      : { containerProperties: container }),
    retryStrategy,
    timeout,
    ...tagged,
    ...('tags' in tagged ? { propagateTags: true } : {}),
  };
  const submitJob: BatchSubmitJob = {
    jobName: spec.name,
    jobQueue: 'REPLACE-job-queue',
    jobDefinition: spec.name,
    ...(array === undefined ? {} : { arrayProperties: { size: array.size } }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(isGang(spec) && mpi !== undefined ? { nodeOverrides: { numNodes: mpi.nodes } } : {}),
    retryStrategy,
    timeout,
    ...tagged,
  };
  checkSize('registerJobDefinition', registerJobDefinition, MOST_DEFINITION_BYTES);
  checkSize('submitJob', submitJob, MOST_SUBMIT_BYTES);
  return { registerJobDefinition, submitJob, notes: batchNotes(job, on, notes) };
}

function containerOf(spec: JobSpec, on: OnEc2 | undefined, services: Services): BatchContainer {
  const { resources, mpi, environment, image } = spec;
  const cores = coresPerNode(resources.cores, mpi?.ranksPerNode);
  const threads = threadsOf(spec, on);
  const memory = resources.memoryMiB ?? memoryOf(cores, on, services);
  return {
    image: image ?? 'REPLACE-image',
    ...(on !== undefined && isGang(spec) ? { instanceType: on.type.type } : {}),
    command: batchCommand(spec),
    environment: Object.entries(environment)
      .filter(([name]) => !isReserved(name))
      .map(([name, value]) => ({ name, value })),
    resourceRequirements: [
      { type: 'VCPU', value: String(cores * threads) },
      { type: 'MEMORY', value: String(memory) },
      ...(resources.gpus === 0 ? [] : [{ type: 'GPU' as const, value: String(resources.gpus) }]),
    ],
    ...efaOf(spec),
  };
}

/** What its share of the instance has for jobs. */
function memoryOf(cores: number, on: OnEc2 | undefined, { usableMemory }: Services): number {
  if (on === undefined) return cores * MIB_PER_CORE;
  return Math.floor((on.type.memoryMib * usableMemory.share) / on.option.perInstance);
}

function dependenciesOf({ spec, parents }: ExportedJob): NonNullable<BatchSubmitJob['dependsOn']> {
  const all: NonNullable<BatchSubmitJob['dependsOn']> = parents.filter(isOnSuccess).map((parent) => ({
    jobId: `REPLACE-jobId-of-${parentName(parent)}`,
    ...(parent.each ? { type: 'N_TO_N' as const } : {}),
  }));
  if (spec.array?.atOnce === 1) all.push({ type: 'SEQUENTIAL' });
  return all.slice(0, MOST_DEPENDENCIES);
}

function tagsOf({ labels }: JobSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(isTag).slice(0, MOST_TAGS));
}

function checkSize(what: string, body: object, most: number): void {
  const bytes = new TextEncoder().encode(JSON.stringify(body)).length;
  if (bytes <= most) return;
  throw new CannotExport(
    `${what} would have ${bytes.toLocaleString('en')} bytes, and Batch takes ${most.toLocaleString('en')}: put the script or the environment into the image, or into S3 as an input`,
  );
}
