import { Duration } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../../constructs/acknowledge-wildcard.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { OneOfOne, type OneOfOneProps } from '../../constructs/one-of-one.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { bootLines } from './user-data.ts';

export interface OneInstanceProps extends Omit<
  OneOfOneProps,
  'userData' | 'hooks' | 'associatePublicIpAddress'
> {
  /** Lines of bash that start what it is for (Amazon Linux 2023); they end when it serves. */
  startService: readonly string[];
  /** For so long an instance may start before it is given up; default: five minutes. */
  startWithin?: Duration;
}

const HOOK = 'serves';

/** One instance, always one, in whichever zone there is, at one address: see README.md. */
export class OneInstance extends Construct {
  readonly address: CfnEIP;
  readonly group: AutoScalingGroup;
  /** Nobody serves for longer than a replacement takes. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: OneInstanceProps) {
    super(scope, id);
    const { startService, startWithin = Duration.minutes(5), statements = [], ...rest } = props;
    const stack = PlatformStack.of(this);
    const group = stack.name(id);
    this.address = new CfnEIP(this, 'address', { domain: 'vpc', tags: [{ key: 'Name', value: group }] });
    const ec2 = (resource: string, resourceName = '*'): string =>
      stack.formatArn({ service: 'ec2', resource, resourceName });
    const [instances, interfaces] = [ec2('instance'), ec2('network-interface')];
    const one = new OneOfOne(this, 'one', {
      ...rest,
      // Until it has its own, it needs one to ask for it; that one goes when the other one comes.
      associatePublicIpAddress: true,
      userData: bootLines({
        allocationId: this.address.attrAllocationId,
        group,
        hook: HOOK,
        startService,
      }),
      hooks: [{ name: HOOK, transition: 'LAUNCHING', heartbeat: startWithin, otherwise: 'ABANDON' }],
      statements: [
        new PolicyStatement({
          actions: ['ec2:AssociateAddress'],
          resources: [ec2('elastic-ip', this.address.attrAllocationId), interfaces],
        }),
        new PolicyStatement({
          actions: ['ec2:AssociateAddress'],
          resources: [instances],
          conditions: { StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': group } },
        }),
        new PolicyStatement({
          actions: ['ec2:DescribeAddresses', 'ec2:DescribeInstances'],
          resources: ['*'],
        }),
        ...statements,
      ],
    });
    acknowledgeWildcard(one.role, instances, 'of this group only: the condition says so');
    acknowledgeWildcard(one.role, interfaces, 'they are made with the instance, and the address is this one');
    acknowledge(one.role, 'AwsSolutions-IAM5[Resource::*]', 'EC2 knows no permission to describe some');
    this.group = one.group;
    this.alarm = one.alarm;
  }
}
