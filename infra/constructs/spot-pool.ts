import {
  AutoScalingGroup,
  OnDemandAllocationStrategy,
  SpotAllocationStrategy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  UserData,
  type BlockDevice,
  type IVpc,
  type SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { instanceRole } from './instance-role.ts';
import { letUse } from './let-use.ts';
import type { PlatformStack } from './platform-stack.ts';
import type { Processor } from './processors.ts';
import { rootVolume } from './root-volume.ts';
import { scratchScript, sizeFor, VOLUME_DEVICE, type Scratch } from './scratch.ts';

export interface SpotPoolProps {
  vpc: IVpc;
  inside: SubnetSelection;
  /** The first lets them out; the others are those of file systems that they may mount. */
  groups: readonly [SecurityGroup, ...SecurityGroup[]];
  processor: Processor;
  scratch: Scratch;
  maxInstances: number;
  data: Bucket;
}

/** The first instance is not taken away, so that what there is goes on, if slowly. */
const ON_DEMAND_BASE = 1;
const ROOT_GIB = 30;

/**
 * Instances for work that is no container: workers of your own, that take from a queue. Of several families, so that
 * there are some of one kind where there are none of another; it starts empty, and whoever needs it sets its capacity.
 * Spot Fleet did this before; AWS advises against it for what is new.
 */
export class SpotPool extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: PlatformStack, id: string, props: SpotPoolProps) {
    super(scope, id);
    const { vpc, inside, processor, scratch } = props;
    const size = sizeFor(scratch);
    const families =
      scratch.kind === 'instance-store'
        ? processor.withStore
        : size === '48xlarge'
          ? processor.newest
          : processor.families;
    this.group = new AutoScalingGroup(this, 'group', {
      vpc,
      vpcSubnets: inside,
      minCapacity: 0,
      maxCapacity: props.maxInstances,
      mixedInstancesPolicy: {
        instancesDistribution: {
          onDemandBaseCapacity: ON_DEMAND_BASE,
          onDemandPercentageAboveBaseCapacity: 0,
          onDemandAllocationStrategy: OnDemandAllocationStrategy.LOWEST_PRICE,
          spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
        },
        launchTemplate: this.#template(props),
        launchTemplateOverrides: families.map((family) => ({
          instanceType: new InstanceType(`${family}.${size}`),
        })),
      },
      // A new one is started when EC2 says that one is likely to be taken away, and not two minutes before it is.
      capacityRebalance: true,
    });
    acknowledge(this.group, 'AwsSolutions-AS3', 'it comes and goes all day: nobody is to be woken by that');
    acknowledge(
      this.group,
      'AwsSolutions-EC26',
      'the rule cannot read groups of mixed instances; all volumes of the template are encrypted',
    );
  }

  #template({ groups, processor, scratch, data }: SpotPoolProps): LaunchTemplate {
    const role = instanceRole(
      this,
      'role',
      'Instances of a pool: they use the data bucket; people get in by Session Manager',
    );
    letUse(role, data);
    const userData = UserData.forLinux();
    userData.addCommands(scratchScript(scratch));
    const [first, ...others] = groups;
    const template = new LaunchTemplate(this, 'template', {
      machineImage: MachineImage.latestAmazonLinux2023({
        cpuType: processor.architecture === 'arm64' ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64,
      }),
      securityGroup: first,
      role,
      userData,
      requireImdsv2: true,
      // Programs of the instance itself ask for its role; a container behind a bridge does not reach it.
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [rootVolume(ROOT_GIB), ...volumeOf(scratch)],
    });
    for (const other of others) template.connections.addSecurityGroup(other);
    return template;
  }
}

const both = { encrypted: true, deleteOnTermination: true };
function volumeOf(scratch: Scratch): BlockDevice[] {
  if (scratch.kind !== 'io2') return [];
  const volume = BlockDeviceVolume.ebs(scratch.gib, {
    ...both,
    volumeType: EbsDeviceVolumeType.IO2,
    iops: scratch.iops,
  });
  return [{ deviceName: VOLUME_DEVICE, volume }];
}
