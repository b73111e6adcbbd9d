import { CfnOutput } from 'aws-cdk-lib';
import { CfnPlacementGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { BatchQueue } from '../constructs/batch-queue.ts';
import { BatchRoles } from '../constructs/batch-roles.ts';
import { brokerPermissions } from '../constructs/broker-permissions.ts';
import { ClusterFile } from '../constructs/cluster-file.ts';
import { DataTransfer, TASK_NAME } from '../constructs/data-transfer.ts';
import { EfaGroup } from '../constructs/efa-group.ts';
import { Lustre } from '../constructs/lustre.ts';
import { NodeTemplate } from '../constructs/node-template.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { privateBucket } from '../constructs/private-bucket.ts';
import { processorOf, type Processor } from '../constructs/processors.ts';
import type { Scratch } from '../constructs/scratch.ts';
import { SharedFiles } from '../constructs/shared-files.ts';
import { SpotPool } from '../constructs/spot-pool.ts';
import type { HpcParameters, Parameters } from '../parameters.ts';
import type { Events } from './events.ts';
import type { Network } from './network.ts';

/** Images and what jobs write beside their data, of all containers of an instance. */
const ROOT_GIB = 100;

/** Where jobs run: queues of AWS Batch, file systems, pools of instances, and what brings data. Empty, most of it costs nothing. */
export class Hpc extends PlatformStack {
  /** Settings of hpc-broker, as its README has them. */
  readonly settings: Record<string, string>;
  /** What hpc-broker may do besides what it may do without Batch. */
  readonly statements: PolicyStatement[];
  /** Inputs and results of jobs, and what Lustre shows as files. */
  readonly data: Bucket;

  constructor(
    scope: Construct,
    parameters: Parameters,
    { network, events }: { network: Network; events: Events },
  ) {
    super(scope, 'hpc', { parameters, description: 'Batch, file systems and data transfer for jobs' });
    const { hpc } = parameters;
    if (hpc === undefined) throw new Error(`${parameters.stage}: a stage without hpc has no such stack`);
    const { vpc, inside } = network;
    const processor = processorOf(hpc.efaInstanceType);
    const { subnetIds } = vpc.selectSubnets(inside);
    const subnetId = subnetIds[hpc.zone ?? 0];
    if (subnetId === undefined)
      throw new Error(`${parameters.stage}: hpc.zone ${hpc.zone}, of ${subnetIds.length} zones from 0`);

    this.data = privateBucket(this, 'data', { accessLogs: events.logs });
    const nodes = new SecurityGroup(this, 'nodes', {
      vpc,
      description: 'Nodes: nobody gets in; images, data and licences come from anywhere',
    });
    const roles = new BatchRoles(this, 'roles', { data: this.data });
    const queues = this.#queues({ network, hpc, processor, nodes, roles, subnetIds, subnetId });

    const { lustreGiB: gib, lustreMbPerSecondPerTiB: mbPerSecondPerTib } = hpc;
    const lustre =
      gib === undefined
        ? undefined
        : new Lustre(this, 'lustre', { vpc, subnetId, data: this.data, gib, mbPerSecondPerTib });
    const files = hpc.efs ? new SharedFiles(this, 'efs', { vpc, inside }) : undefined;
    const transfer = hpc.dataSync && new DataTransfer(this, 'datasync', { ...hpc.dataSync, data: this.data });

    const mounting = [lustre?.group, files?.group].filter((group) => group !== undefined);
    const pool = (id: string, scratch: Scratch, maxInstances: number) =>
      new SpotPool(this, id, {
        vpc,
        inside,
        groups: [nodes, ...mounting],
        processor,
        scratch,
        maxInstances,
        data: this.data,
      });
    const { instanceStore, io2 } = hpc.pools ?? {};
    if (instanceStore) pool('pool-instance-store', { kind: 'instance-store' }, instanceStore.maxInstances);
    if (io2) pool('pool-io2', { kind: 'io2', gib: io2.gib, iops: io2.iops }, io2.maxInstances);

    const { efaInstanceType, maxVcpus } = hpc;
    new ClusterFile(this, 'cluster', {
      subnetId,
      processor,
      efaInstanceType,
      maxVcpus,
      data: this.data,
      lustre,
      files,
    });
    new CfnOutput(this, 'data-bucket', {
      description: 'Inputs and results of jobs',
      value: `s3://${this.data.bucketName}`,
    });

    const tasks = transfer === undefined ? [] : [{ name: TASK_NAME, arn: transfer.task.attrTaskArn }];
    this.settings = {
      BATCH_QUEUE_ON_DEMAND: queues.onDemand.queue.jobQueueName!,
      BATCH_QUEUE_SPOT: queues.spot.queue.jobQueueName!,
      BATCH_QUEUE_MULTI_NODE: queues.multiNode.queue.jobQueueName!,
      BATCH_JOB_ROLE: roles.job.roleArn,
      BATCH_EXECUTION_ROLE: roles.execution.roleArn,
      BATCH_VCPUS_PER_CORE: String(processor.vcpusPerCore),
      ...(tasks.length > 0 && { DATASYNC_TASKS: tasks.map(({ name, arn }) => `${name}=${arn}`).join(',') }),
    };
    this.statements = brokerPermissions(this, {
      queueArns: Object.values(queues).map(({ queue }) => queue.attrJobQueueArn),
      roles,
      taskArns: tasks.map(({ arn }) => arn),
    });
  }

  #queues(of: {
    network: Network;
    hpc: HpcParameters;
    processor: Processor;
    nodes: SecurityGroup;
    roles: BatchRoles;
    subnetIds: readonly string[];
    subnetId: string;
  }) {
    const { hpc, processor, nodes, roles } = of;
    const single = {
      instanceTypes: processor.families,
      subnetIds: of.subnetIds,
      securityGroupIds: [nodes.securityGroupId],
      template: new NodeTemplate(this, 'node', { name: this.name('batch'), rootGib: ROOT_GIB }),
      roles,
      maxVcpus: hpc.maxVcpus,
    };
    const together = new EfaGroup(this, 'efa', { vpc: of.network.vpc });
    const efaGroups = [nodes.securityGroupId, together.securityGroupId];
    return {
      onDemand: new BatchQueue(this, 'on-demand', {
        ...single,
        name: this.name('on-demand'),
        purchase: 'on-demand',
      }),
      spot: new BatchQueue(this, 'spot', { ...single, name: this.name('spot'), purchase: 'spot' }),
      // Batch runs several nodes On-Demand only, and EFA does not leave a zone.
      multiNode: new BatchQueue(this, 'multi-node', {
        ...single,
        name: this.name('multi-node'),
        purchase: 'on-demand',
        instanceTypes: [hpc.efaInstanceType],
        subnetIds: [of.subnetId],
        securityGroupIds: undefined,
        placementGroup: new CfnPlacementGroup(this, 'close', { strategy: 'cluster' }),
        template: new NodeTemplate(this, 'efa-node', {
          name: this.name('batch-efa'),
          rootGib: ROOT_GIB,
          efaGroups,
        }),
      }),
    };
  }
}
