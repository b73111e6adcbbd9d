import { Duration } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  GroupMetric,
  GroupMetrics,
  UpdatePolicy,
  type CfnAutoScalingGroup,
} from 'aws-cdk-lib/aws-autoscaling';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AmazonLinuxCpuType,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  type IVpc,
  type SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { acknowledge } from './acknowledge.ts';
import { groupArn } from './group-arn.ts';
import { instanceRole } from './instance-role.ts';
import { PlatformStack } from './platform-stack.ts';
import { rootVolume } from './root-volume.ts';
import { userDataOf } from './user-data/lines.ts';

/** What a group waits for before it counts an instance, or lets it go. */
export interface Hook {
  name: string;
  transition: 'LAUNCHING' | 'TERMINATING';
  heartbeat: Duration;
  /** When nobody answers. */
  otherwise: 'ABANDON' | 'CONTINUE';
}

export interface OneOfOneProps {
  vpc: IVpc;
  /** In as many zones as it may live in. */
  subnets: SubnetSelection;
  /** Who may reach it. */
  securityGroup: SecurityGroup;
  /** On ARM; default: t4g.micro, $6.13 a month. */
  instanceType?: string;
  /** GiB; default: 8. */
  rootGib?: number;
  associatePublicIpAddress: boolean;
  userData: readonly string[];
  hooks: readonly Hook[];
  /** What it may do besides finishing its launch. */
  statements?: readonly PolicyStatement[];
}

/** A group of one instance, at least and at most, of Amazon Linux 2023: when it fails, another one is started. */
export class OneOfOne extends Construct {
  readonly group: AutoScalingGroup;
  readonly groupName: string;
  readonly role: Role;
  /** Nobody serves for longer than a replacement takes. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: OneOfOneProps) {
    super(scope, id);
    const stack = PlatformStack.of(this);
    this.groupName = nameOf(scope);
    this.role = this.#role(stack, props.statements ?? []);
    this.group = new AutoScalingGroup(this, 'group', {
      autoScalingGroupName: this.groupName,
      vpc: props.vpc,
      vpcSubnets: props.subnets,
      launchTemplate: this.#template(props),
      minCapacity: 1,
      maxCapacity: 1,
      groupMetrics: [new GroupMetrics(GroupMetric.IN_SERVICE_INSTANCES)],
      // Another template: the instance goes, and one of the new kind comes.
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: 0, maxBatchSize: 1 }),
    });
    // Part of the group: hooks of their own would come too late for the first instance.
    (this.group.node.defaultChild as CfnAutoScalingGroup).lifecycleHookSpecificationList = props.hooks.map(
      ({ name, transition, heartbeat, otherwise }) => ({
        lifecycleHookName: name,
        lifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
        heartbeatTimeout: heartbeat.toSeconds(),
        defaultResult: otherwise,
      }),
    );
    acknowledge(this.group, 'AwsSolutions-AS3', 'an alarm says when nobody serves');
    this.alarm = this.#nobodyServes();
  }

  #role(stack: PlatformStack, statements: readonly PolicyStatement[]): Role {
    const role = instanceRole(this, 'role', 'One of one: people get in by Session Manager');
    const group = groupArn(stack, this.groupName);
    role.addToPolicy(
      new PolicyStatement({ actions: ['autoscaling:CompleteLifecycleAction'], resources: [group] }),
    );
    acknowledgeWildcard(role, group, 'a group has a number in its ARN, which nobody knows before');
    for (const statement of statements) role.addToPolicy(statement);
    return role;
  }

  #template(props: OneOfOneProps): LaunchTemplate {
    const { securityGroup, instanceType = 't4g.micro', rootGib = 8, associatePublicIpAddress } = props;
    return new LaunchTemplate(this, 'template', {
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      instanceType: new InstanceType(instanceType),
      securityGroup,
      role: this.role,
      userData: userDataOf(props.userData),
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      associatePublicIpAddress,
      blockDevices: [rootVolume(rootGib)],
    });
  }

  #nobodyServes(): Alarm {
    return new Alarm(this, 'nobody-serves', {
      metric: new Metric({
        namespace: 'AWS/AutoScaling',
        metricName: 'GroupInServiceInstances',
        dimensionsMap: { AutoScalingGroupName: this.groupName },
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // A replacement takes less.
      evaluationPeriods: 10,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

const nameOf = (construct: Construct): string => PlatformStack.of(construct).name(construct.node.id);
