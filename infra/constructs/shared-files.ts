import { Port, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  AccessPoint,
  FileSystem,
  LifecyclePolicy,
  OutOfInfrequentAccessPolicy,
  PerformanceMode,
  ThroughputMode,
} from 'aws-cdk-lib/aws-efs';
import { Construct } from 'constructs';
import { ClosedGroup } from './closed-group.ts';
import { removal } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Who jobs are on it, whoever they are in their container. */
const USER = { uid: '1000', gid: '1000' };

/** EFS: files that all zones see, which cost nothing but what is in them. */
export class SharedFiles extends Construct {
  readonly fileSystem: FileSystem;
  /** Whoever mounts it is in this group, as its mount targets are. */
  readonly group: ClosedGroup;
  /** A folder of its own for jobs, which nobody leaves upwards. */
  readonly jobs: AccessPoint;

  constructor(scope: PlatformStack, id: string, { vpc, inside }: { vpc: IVpc; inside: SubnetSelection }) {
    super(scope, id);
    this.group = new ClosedGroup(this, 'group', {
      vpc,
      description: 'NFS, and who mounts it',
      ports: [Port.tcp(2049)],
    });
    this.fileSystem = new FileSystem(this, 'files', {
      vpc,
      vpcSubnets: inside,
      securityGroup: this.group,
      encrypted: true,
      performanceMode: PerformanceMode.GENERAL_PURPOSE,
      // As fast as jobs ask for, $0.03/GB read and $0.06/GB written; nothing while nobody does.
      throughputMode: ThroughputMode.ELASTIC,
      lifecyclePolicy: LifecyclePolicy.AFTER_30_DAYS,
      outOfInfrequentAccessPolicy: OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
      enableAutomaticBackups: scope.parameters.keepsData,
      removalPolicy: removal(scope.parameters),
    });
    this.jobs = this.fileSystem.addAccessPoint('jobs', {
      path: '/jobs',
      posixUser: USER,
      createAcl: { ownerUid: USER.uid, ownerGid: USER.gid, permissions: '750' },
    });
  }
}
