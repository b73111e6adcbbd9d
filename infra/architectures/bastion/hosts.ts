import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  HealthChecks,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  type IVpc,
  type SecurityGroup,
  type SubnetSelection,
  type UserData,
} from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Duration, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { rootVolume } from '../../constructs/root-volume.ts';

const ROOT_GIB = 8;
/** Until the load balancer is asked whether it is well. */
const STARTS_WITHIN = Duration.minutes(5);

export interface HostsProps {
  vpc: IVpc;
  subnets: SubnetSelection;
  count: 1 | 2;
  securityGroup: SecurityGroup;
  role: Role;
  userData?: UserData;
  /** Behind one: whom it finds dead is replaced, too. */
  behindLoadBalancer: boolean;
  instanceType: string;
}

/** Bastion hosts without public addresses, over the zones of their subnets; what dies is replaced. */
export class Hosts extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: HostsProps) {
    super(scope, id);
    const { vpc, subnets, count, securityGroup, role, userData, instanceType } = props;
    this.group = new AutoScalingGroup(this, 'group', {
      vpc,
      vpcSubnets: subnets,
      launchTemplate: new LaunchTemplate(this, 'template', {
        machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
        instanceType: new InstanceType(instanceType),
        securityGroup,
        role,
        userData,
        requireImdsv2: true,
        httpPutResponseHopLimit: 1,
        detailedMonitoring: true,
        blockDevices: [rootVolume(ROOT_GIB)],
      }),
      minCapacity: count,
      maxCapacity: count,
      ...(props.behindLoadBalancer && {
        healthChecks: HealthChecks.withAdditionalChecks({
          additionalTypes: [AdditionalHealthCheckType.ELB],
          gracePeriod: STARTS_WITHIN,
        }),
      }),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: count - 1, maxBatchSize: 1 }),
    });
    acknowledge(this.group, 'AwsSolutions-AS3', 'whoever cannot get in notices, and it is replaced by then');
    acknowledge(
      this.group,
      'AwsSolutions-EC26',
      'the rule does not read launch templates; their volume is encrypted',
    );
    // Whom people may get into is said by it (by-session-manager.ts, by-endpoint.ts).
    Tags.of(this.group).add(BASTION_TAG, PlatformStack.of(this).name(scope.node.id));
  }
}

export const BASTION_TAG = 'groundwork:bastion';
