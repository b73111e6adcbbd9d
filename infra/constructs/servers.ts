import { Duration } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  HealthChecks,
  AdditionalHealthCheckType,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  SecurityGroup,
  type IVpc,
  type SubnetSelection,
  type UserData,
} from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { instanceRole } from './instance-role.ts';
import { rootVolume } from './root-volume.ts';

const ROOT_GIB = 8;
/** What a load balancer finds dead is replaced; before that it may start. */
const STARTS_WITHIN = Duration.minutes(5);

export interface ServersProps {
  vpc: IVpc;
  /** One in each zone of them at least. */
  subnets: SubnetSelection;
  /** Of Graviton. Default: t4g.micro. */
  instanceType?: string;
  /** Default: 2. */
  count?: number;
  /** Made for the role of the servers, which may be given what it needs. */
  userData: (role: Role) => UserData;
}

/** Instances behind a load balancer, without public addresses. Nobody is let in until a rule of their group says so. */
export class Servers extends Construct {
  readonly group: AutoScalingGroup;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: ServersProps) {
    super(scope, id);
    const { vpc, subnets, instanceType = 't4g.micro', count = 2, userData } = props;
    this.securityGroup = new SecurityGroup(this, 'group', {
      vpc,
      description: 'Servers: the load balancer gets in, and nobody else',
    });
    const role = instanceRole(this, 'role', 'Servers behind a load balancer');
    const template = new LaunchTemplate(this, 'template', {
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      instanceType: new InstanceType(instanceType),
      securityGroup: this.securityGroup,
      role,
      userData: userData(role),
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [rootVolume(ROOT_GIB)],
    });
    this.group = new AutoScalingGroup(this, 'servers', {
      vpc,
      vpcSubnets: subnets,
      launchTemplate: template,
      minCapacity: count,
      maxCapacity: count + 1,
      healthChecks: HealthChecks.withAdditionalChecks({
        additionalTypes: [AdditionalHealthCheckType.ELB],
        gracePeriod: STARTS_WITHIN,
      }),
      // A new template, or image, replaces them one after the other.
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: count, maxBatchSize: 1 }),
    });
    acknowledge(
      this.group,
      'AwsSolutions-AS3',
      'that one is replaced is what it is for: nobody is to be woken',
    );
    acknowledge(
      this.group,
      'AwsSolutions-EC26',
      'the rule does not read launch templates; their volume is encrypted',
    );
  }
}
