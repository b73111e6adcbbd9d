import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnEIP, type Instance } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../../constructs/acknowledge-wildcard.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';

export interface ElasticIpFailoverProps {
  /** Who may have the address, in the order of preference: two, in two zones. */
  instances: readonly Instance[];
}

/** What no longer runs has no checks; EC2 makes them every minute. */
const CHECKS_FAILED = { period: Duration.minutes(1), evaluationPeriods: 2 };
/** In case that nobody has called, and for addresses that somebody has moved by hand. */
const LOOK_EVERY = Duration.minutes(1);
/** An old call has nothing to say: the next look is a minute away. */
const CALL_IS_OLD = Duration.minutes(2);

/** An address that goes to a second instance when the first one is not well: see README.md. */
export class ElasticIpFailover extends Construct {
  readonly address: CfnEIP;
  readonly function: NodeFunction;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { instances }: ElasticIpFailoverProps) {
    super(scope, id);
    if (instances.length < 2)
      throw new Error(`${this.node.path}: an address needs two instances to choose from`);
    const stack = PlatformStack.of(this);
    this.address = new CfnEIP(this, 'address', {
      domain: 'vpc',
      tags: [{ key: 'Name', value: stack.name(id) }],
    });
    const ids = instances.map(({ instanceId }) => instanceId);
    this.function = this.#function(stack, ids);
    this.#lookWhen(ids);
    this.alarms = [
      ...instances.map((instance, index) => this.#checksFailed(instance, index)),
      // The one that somebody has to hear of.
      this.function
        .metricErrors({ period: Duration.minutes(5) })
        .createAlarm(this, 'nobody-serves', { threshold: 1, evaluationPeriods: 1 }),
    ];
  }

  #function(stack: PlatformStack, instanceIds: readonly string[]): NodeFunction {
    const ec2 = (resource: string, resourceName: string): string =>
      stack.formatArn({ service: 'ec2', resource, resourceName });
    const interfaces = ec2('network-interface', '*');
    const made = new NodeFunction(this, 'function', {
      entry: new URL('handler.ts', import.meta.url),
      description: 'Gives the address to an instance that is well',
      environment: { ALLOCATION_ID: this.address.attrAllocationId, INSTANCE_IDS: instanceIds.join(',') },
      retryAttempts: 2,
      maxEventAge: CALL_IS_OLD,
      statements: [
        new PolicyStatement({
          actions: ['ec2:DescribeAddresses', 'ec2:DescribeInstances', 'ec2:DescribeInstanceStatus'],
          resources: ['*'],
        }),
        new PolicyStatement({
          actions: ['ec2:AssociateAddress'],
          resources: [
            ec2('elastic-ip', this.address.attrAllocationId),
            ...instanceIds.map((one) => ec2('instance', one)),
            interfaces,
          ],
        }),
      ],
    });
    acknowledge(made.role!, 'AwsSolutions-IAM5[Resource::*]', 'EC2 knows no permission to describe some');
    acknowledgeWildcard(
      made.role!,
      interfaces,
      'they are made with the instances, and the address is this one',
    );
    return made;
  }

  #lookWhen(ids: readonly string[]): void {
    const targets = [new LambdaFunction(this.function, { retryAttempts: 2, maxEventAge: CALL_IS_OLD })];
    new Rule(this, 'clock', { schedule: Schedule.rate(LOOK_EVERY), targets });
    // Of an instance that is stopped or terminated EC2 tells at once; only of one that hangs the alarms do.
    new Rule(this, 'stopped', {
      eventPattern: {
        source: ['aws.ec2'],
        detailType: ['EC2 Instance State-change Notification'],
        detail: { 'instance-id': ids, state: ['stopping', 'stopped', 'shutting-down', 'terminated'] },
      },
      targets,
    });
  }

  #checksFailed({ instanceId }: Instance, index: number): Alarm {
    const { period, evaluationPeriods } = CHECKS_FAILED;
    const alarm = new Alarm(this, `checks-failed-${index}`, {
      metric: new Metric({
        namespace: 'AWS/EC2',
        metricName: 'StatusCheckFailed',
        dimensionsMap: { InstanceId: instanceId },
        statistic: Stats.MAXIMUM,
        period,
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: 'The address goes to another instance if this one has it',
    });
    alarm.addAlarmAction(new LambdaAction(this.function));
    return alarm;
  }
}
