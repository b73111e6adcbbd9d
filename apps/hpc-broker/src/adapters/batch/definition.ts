import { createHash } from 'node:crypto';
import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import type { JobSpec } from '@groundwork/contracts';
import { efaOf } from '../../domain/jobs/efa.ts';
import type { BatchJobs } from './settings.ts';

type Definition = RegisterJobDefinitionCommandInput & { jobDefinitionName: string };

/** Where a job says nothing of memory, in MiB for each core: Batch wants a number. */
const MIB_PER_CORE = 1_024;
/** The shortest timeout of Batch. */
const LEAST_TIMEOUT_SECONDS = 60;

/**
 * What has to be registered before a job can be submitted: the image, the roles and devices, and that Batch never
 * repeats an attempt, as the broker does. All else is said with each job, so that there are few of them; their names
 * are made of what is in them.
 */
export function definitionOf(spec: JobSpec, { image, jobRole, executionRole }: BatchJobs): Definition {
  const container = {
    image: spec.image ?? image ?? '',
    command: [],
    resourceRequirements: [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: String(MIB_PER_CORE) },
    ],
    ...(jobRole === undefined ? {} : { jobRoleArn: jobRole }),
    ...(executionRole === undefined ? {} : { executionRoleArn: executionRole }),
    ...efaOf(spec),
  };
  const common = {
    retryStrategy: { attempts: 1, evaluateOnExit: [{ onReason: '*', action: 'EXIT' as const }] },
    propagateTags: true,
  };
  const nodes = spec.mpi?.nodes ?? 1;
  const body =
    nodes === 1
      ? {
          ...common,
          type: 'container' as const,
          platformCapabilities: ['EC2' as const],
          containerProperties: container,
        }
      : {
          ...common,
          type: 'multinode' as const,
          nodeProperties: {
            numNodes: nodes,
            mainNode: 0,
            nodeRangeProperties: [{ targetNodes: '0:', container }],
          },
        };
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 24);
  return { jobDefinitionName: `groundwork-${hash}`, ...body };
}

/** Of one container, as strings. */
export function requirementsOf(spec: JobSpec, coresPerNode: number, vcpusPerCore: number) {
  const { memoryMiB, gpus } = spec.resources;
  return [
    { type: 'VCPU' as const, value: String(coresPerNode * vcpusPerCore) },
    { type: 'MEMORY' as const, value: String(memoryMiB ?? coresPerNode * MIB_PER_CORE) },
    ...(gpus === 0 ? [] : [{ type: 'GPU' as const, value: String(gpus) }]),
  ];
}

/** Batch's own, which ends only what batch/attempt.sh has failed to. */
export function timeoutSeconds({ walltimeSeconds, checkpoint }: JobSpec): number {
  const spare = 60;
  return Math.max(LEAST_TIMEOUT_SECONDS, walltimeSeconds + (checkpoint?.graceSeconds ?? 0) + spare);
}
