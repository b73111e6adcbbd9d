import { CfnComputeEnvironment, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { CfnLaunchTemplate, CfnPlacementGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { BatchRoles } from './batch-roles.ts';

export interface BatchQueueProps {
  /** Of the queue. */
  name: string;
  purchase: 'on-demand' | 'spot';
  /** Types, or families of them. */
  instanceTypes: readonly string[];
  subnetIds: readonly string[];
  /** Undefined where the launch template has them: Batch would set these in their place. */
  securityGroupIds?: readonly string[] | undefined;
  placementGroup?: CfnPlacementGroup | undefined;
  template: CfnLaunchTemplate;
  roles: BatchRoles;
  maxVcpus: number;
}

/** The longest that jobs are given when their instances are to be replaced by newer ones; the broker repeats the others. */
const UPDATE_MINUTES = 360;
/** Between 10 minutes and a day. */
const NEVER_STARTS_SECONDS = 3_600;
/**
 * Reasons that only somebody's change ends ("Jobs stuck in a RUNNABLE status"): such a job would hold up all behind it.
 * Not CAPACITY: the broker takes those back and runs them elsewhere, and one that Batch has cancelled is over.
 */
const NEVER_STARTS = [
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
];

/** A job queue, and the instances that come when something is in it and go when it is empty. */
export class BatchQueue extends Construct {
  readonly queue: CfnJobQueue;
  readonly environment: CfnComputeEnvironment;

  constructor(scope: Construct, id: string, props: BatchQueueProps) {
    super(scope, id);
    const { purchase, securityGroupIds, placementGroup, template, roles } = props;
    this.environment = new CfnComputeEnvironment(this, 'environment', {
      type: 'MANAGED',
      state: 'ENABLED',
      // No service role: with Batch's service-linked one, and these strategies, it is updated in place, and not
      // replaced under what runs there ("Updating compute environments").
      replaceComputeEnvironment: false,
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: UPDATE_MINUTES },
      computeResources: {
        type: purchase === 'spot' ? 'SPOT' : 'EC2',
        allocationStrategy: purchase === 'spot' ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE',
        // Nothing is paid while nothing runs. Batch changes desiredvCpus itself, so it is not said here.
        minvCpus: 0,
        maxvCpus: props.maxVcpus,
        instanceTypes: [...props.instanceTypes],
        instanceRole: roles.instanceProfile.attrArn,
        // The second is taken for types with GPUs.
        ec2Configuration: [{ imageType: 'ECS_AL2023' }, { imageType: 'ECS_AL2023_NVIDIA' }],
        updateToLatestImageVersion: true,
        subnets: [...props.subnetIds],
        ...(securityGroupIds && { securityGroupIds: [...securityGroupIds] }),
        ...(placementGroup && { placementGroup: placementGroup.ref }),
        launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
      },
    });
    this.queue = new CfnJobQueue(this, 'queue', {
      jobQueueName: props.name,
      state: 'ENABLED',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: this.environment.attrComputeEnvironmentArn }],
      jobStateTimeLimitActions: NEVER_STARTS.map((reason) => ({
        action: 'CANCEL',
        state: 'RUNNABLE',
        reason,
        maxTimeSeconds: NEVER_STARTS_SECONDS,
      })),
    });
  }
}
