import { CfnDataRepositoryAssociation, CfnFileSystem } from 'aws-cdk-lib/aws-fsx';
import { Port, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { HpcParameters } from '../parameters.ts';
import { ClosedGroup } from './closed-group.ts';
import { removal } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';

export interface LustreProps {
  vpc: IVpc;
  /** It is in one zone: the one its nodes are in, as traffic between zones is slower and costs $0.01/GB each way. */
  subnetId: string;
  data: IBucket;
  gib: number;
  /** Undefined: SCRATCH_2. */
  mbPerSecondPerTib: HpcParameters['lustreMbPerSecondPerTiB'];
}

/** Where the bucket is to be found in the file system. */
const DATA = '/data';
/** What Lustre speaks, between its servers and with those who mount it ("File system access control with Amazon VPC"). */
const PORTS = [Port.tcp(988), Port.tcpRange(1_018, 1_023)];
const CHANGES = { events: ['NEW', 'CHANGED', 'DELETED'] };

/** FSx for Lustre with a bucket behind it: objects are files that are fetched when they are read, and files become objects. */
export class Lustre extends Construct {
  readonly fileSystem: CfnFileSystem;
  /** Whoever mounts it is in this group, as its servers are. */
  readonly group: ClosedGroup;

  constructor(
    scope: PlatformStack,
    id: string,
    { vpc, subnetId, data, gib, mbPerSecondPerTib }: LustreProps,
  ) {
    super(scope, id);
    if (gib !== 1_200 && (gib <= 0 || gib % 2_400 !== 0)) {
      throw new Error(`hpc.lustreGiB ${gib}: FSx for Lustre has 1,200 GiB, 2,400 GiB, and multiples of that`);
    }
    this.group = new ClosedGroup(this, 'group', {
      vpc,
      description: 'Lustre, and who mounts it',
      ports: PORTS,
    });
    this.fileSystem = new CfnFileSystem(this, 'files', {
      fileSystemType: 'LUSTRE',
      // 2.10, the default of SCRATCH_2, knows no data repository associations.
      fileSystemTypeVersion: '2.15',
      storageType: 'SSD',
      storageCapacity: gib,
      subnetIds: [subnetId],
      securityGroupIds: [this.group.securityGroupId],
      lustreConfiguration: {
        // Of a server that fails SCRATCH_2 loses its files, but not those that have become objects.
        ...(mbPerSecondPerTib === undefined
          ? { deploymentType: 'SCRATCH_2' }
          : { deploymentType: 'PERSISTENT_2', perUnitStorageThroughput: mbPerSecondPerTib }),
        dataCompressionType: 'LZ4',
      },
    });
    this.fileSystem.applyRemovalPolicy(removal(scope.parameters));
    // FSx makes nothing in a group that does not let it speak.
    this.fileSystem.node.addDependency(this.group.rules);
    // It has the bucket tell it of changes: notifications of the bucket are FSx's from now on.
    new CfnDataRepositoryAssociation(this, 'data', {
      fileSystemId: this.fileSystem.ref,
      fileSystemPath: DATA,
      dataRepositoryPath: `s3://${data.bucketName}/`,
      batchImportMetaDataOnCreate: true,
      s3: { autoImportPolicy: CHANGES, autoExportPolicy: CHANGES },
    });
  }
}
