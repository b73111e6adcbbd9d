import { CfnOutput } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { stringify } from 'yaml';
import type { Lustre } from './lustre.ts';
import type { PlatformStack } from './platform-stack.ts';
import { vcpusOf, type Processor } from './processors.ts';
import type { SharedFiles } from './shared-files.ts';

export interface ClusterFileProps {
  /** Of the head node, and of all nodes: file systems of one zone are there. */
  subnetId: string;
  processor: Processor;
  efaInstanceType: string;
  maxVcpus: number;
  data: IBucket;
  lustre?: Lustre | undefined;
  files?: SharedFiles | undefined;
}

type Tree = { [key: string]: string | number | boolean | Tree | readonly (string | Tree)[] };

/** Of queues that are not for EFA. */
const SIZE = '4xlarge';
/** After so long with nothing to do a node is given back, in minutes. */
const IDLE_MINUTES = 10;

/**
 * A configuration of ParallelCluster 3, for Slurm in the same network with the same file systems. It is a text: whoever
 * wants the cluster makes it with `pcluster`, which has a stack of its own, and pays for its head node from then on.
 */
export class ClusterFile extends Construct {
  readonly parameter: StringParameter;

  constructor(scope: PlatformStack, id: string, props: ClusterFileProps) {
    super(scope, id);
    const name = `/groundwork/${scope.parameters.stage}/parallelcluster`;
    this.parameter = new StringParameter(this, 'file', {
      parameterName: name,
      description: 'Cluster configuration file of AWS ParallelCluster 3',
      // Up to 4 KB, for nothing.
      tier: ParameterTier.STANDARD,
      // Ids are not known before the stack is there; CloudFormation puts them into the text.
      stringValue: stringify(configurationOf(scope.region, props), { aliasDuplicateObjects: false }),
    });
    new CfnOutput(this, 'fetch', {
      description:
        'Then: pcluster create-cluster --cluster-name groundwork --cluster-configuration cluster.yaml',
      value: `aws ssm get-parameter --region ${scope.region} --name ${name} --query Parameter.Value --output text >cluster.yaml`,
    });
  }
}

function configurationOf(region: string, props: ClusterFileProps): Tree {
  const { subnetId, processor, efaInstanceType, maxVcpus, data, lustre, files } = props;
  const groups = [lustre?.group, files?.group].flatMap((group) => group?.securityGroupId ?? []);
  // ParallelCluster has groups of its own, for EFA as well; these let nodes mount.
  const mounting: Tree = groups.length === 0 ? {} : { AdditionalSecurityGroups: groups };
  const access: Tree = { S3Access: [{ BucketName: data.bucketName, EnableWriteAccess: true }] };
  const resource = (types: readonly string[], more: Tree = {}): Tree => ({
    Instances: types.map((InstanceType) => ({ InstanceType })),
    MinCount: 0,
    MaxCount: Math.max(1, Math.floor(maxVcpus / vcpusOf(types[0]!))),
    ...more,
    ...(processor.vcpusPerCore === 2 && { DisableSimultaneousMultithreading: true }),
  });
  const queue = (Name: string, more: Tree, computeResource: Tree, close: boolean): Tree => ({
    Name,
    ...more,
    ComputeResources: [{ Name: `${Name}-nodes`, ...computeResource }],
    Networking: { SubnetIds: [subnetId], PlacementGroup: { Enabled: close }, ...mounting },
    Iam: access,
  });
  const types = processor.families.map((family) => `${family}.${SIZE}`);
  const shared: Tree[] = [
    ...(lustre === undefined
      ? []
      : [
          {
            Name: 'lustre',
            MountDir: '/lustre',
            StorageType: 'FsxLustre',
            FsxLustreSettings: { FileSystemId: lustre.fileSystem.ref },
          },
        ]),
    ...(files === undefined
      ? []
      : [
          {
            Name: 'efs',
            MountDir: '/efs',
            StorageType: 'Efs',
            EfsSettings: { FileSystemId: files.fileSystem.fileSystemId, EncryptionInTransit: true },
          },
        ]),
  ];
  return {
    Region: region,
    Image: { Os: 'alinux2023' },
    Imds: { ImdsSupport: 'v2.0' },
    HeadNode: {
      InstanceType: processor.headNode,
      Networking: { SubnetId: subnetId, ...mounting },
      // Nobody gets in but by Session Manager, so that there is no key and no open port.
      Iam: {
        AdditionalIamPolicies: [{ Policy: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' }],
        ...access,
      },
    },
    Scheduling: {
      Scheduler: 'slurm',
      SlurmSettings: { ScaledownIdletime: IDLE_MINUTES },
      SlurmQueues: [
        queue(
          'cpu',
          { CapacityType: 'ONDEMAND', AllocationStrategy: 'lowest-price' },
          resource(types),
          false,
        ),
        queue(
          'spot',
          { CapacityType: 'SPOT', AllocationStrategy: 'price-capacity-optimized' },
          resource(types),
          false,
        ),
        queue(
          'efa',
          { CapacityType: 'ONDEMAND' },
          resource([efaInstanceType], { Efa: { Enabled: true } }),
          true,
        ),
      ],
    },
    ...(shared.length > 0 && { SharedStorage: shared }),
  };
}
