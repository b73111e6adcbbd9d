import { z } from 'zod';
import { batchError } from '../error.ts';
import { Name, State, Tags } from '../request.ts';

/** These are for instances one has. https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html */
const NOT_FARGATE = [
  'minvCpus',
  'desiredvCpus',
  'instanceTypes',
  'instanceRole',
  'placementGroup',
  'allocationStrategy',
];

const vcpus = z.int().min(0);

export const ComputeResources = z.looseObject({
  type: z.enum(['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT']),
  minvCpus: vcpus.optional(),
  maxvCpus: z.int().min(1),
  desiredvCpus: vcpus.optional(),
  instanceTypes: z.array(z.string()).optional(),
  subnets: z.array(z.string()).min(1),
  securityGroupIds: z.array(z.string()).optional(),
  instanceRole: z.string().optional(),
  placementGroup: z.string().optional(),
});
export type ComputeResources = z.infer<typeof ComputeResources>;

export const CreateComputeEnvironment = z.object({
  computeEnvironmentName: Name,
  type: z.enum(['MANAGED', 'UNMANAGED']),
  state: State.default('ENABLED'),
  computeResources: ComputeResources.optional(),
  serviceRole: z.string().optional(),
  tags: Tags,
});

export const UpdateComputeEnvironment = z.object({
  computeEnvironment: z.string(),
  state: State.optional(),
  computeResources: ComputeResources.partial().optional(),
  serviceRole: z.string().optional(),
});

export const DescribeComputeEnvironments = z.object({
  computeEnvironments: z.array(z.string()).max(100).optional(),
  maxResults: z.int().optional(),
  nextToken: z.string().optional(),
});

/** What each kind of environment must have, and must not. */
export function checkResources(resources: ComputeResources): void {
  const { type, minvCpus, maxvCpus } = resources;
  if (type === 'FARGATE' || type === 'FARGATE_SPOT') {
    const given = NOT_FARGATE.find((member) => resources[member] !== undefined);
    if (given !== undefined)
      throw batchError.client(`${given} is not applicable to ${type} compute resources`);
    if ((resources.securityGroupIds ?? []).length === 0) {
      throw batchError.client(`securityGroupIds is required for ${type} compute resources`);
    }
    return;
  }
  if (resources.instanceRole === undefined) throw batchError.client('Instance role is required.');
  if (minvCpus === undefined) throw batchError.client('Resource minvCpus is required.');
  if ((resources.instanceTypes ?? []).length === 0) throw batchError.client('instanceTypes is required.');
  if (minvCpus > maxvCpus) throw batchError.client('minvCpus must not be greater than maxvCpus');
}
