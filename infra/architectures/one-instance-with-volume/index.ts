import { Duration, Names, type Stack } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../../constructs/acknowledge-wildcard.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import { groupArn } from '../../constructs/group-arn.ts';
import { OneOfOne, type OneOfOneProps } from '../../constructs/one-of-one.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { LET_GO, MADE_BY, MAKER, VOLUME } from './tags.ts';
import { bootLines } from './user-data.ts';

export interface OneInstanceWithVolumeProps extends Omit<OneOfOneProps, 'userData' | 'hooks'> {
  volume: {
    /** GiB of the first one; those that follow are as large as what they are made of. */
    sizeGib: number;
    /** Where it is mounted, such as /data. */
    mount: string;
    /** What may be lost when a zone fails without a word; default: 15 minutes. */
    snapshotEvery?: Duration;
    /** Default: 8. Each holds what has changed since the one before: $0.05/GB-month. */
    keepSnapshots?: number;
    /** What a zone has left behind when it comes back is kept for so long; default: seven days. */
    keepOldVolumes?: Duration;
  };
  /** Lines of bash that start what it is for, once the volume is mounted; they end when it serves. */
  startService: readonly string[];
  /** Lines of bash that stop whatever has files open on the volume. */
  stopService: readonly string[];
  /** For so long an instance may start, the moving of its volume not counted; default: 15 minutes. */
  startWithin?: Duration;
}

/** As EC2 is asked for it; Amazon Linux finds it at the same name, whatever NVMe calls it. */
const DEVICE = '/dev/sdf';
const HOOKS = { launch: 'has-volume', terminate: 'lets-go-of-volume' };
/** Stopping the service and unmounting; the snapshot has only to be started. */
const LET_GO_WITHIN = Duration.minutes(5);
const LOOK_EVERY = Duration.minutes(1);
/** An old call has nothing to say: the next look is a minute away. */
const CALL_IS_OLD = Duration.minutes(2);
/** Of a ClientToken, which is the name with a number behind it (EC2 API reference, CreateVolume). */
const TOKEN_LENGTH = 64;

/** One instance, always one, and a volume that follows it from zone to zone: see README.md. */
export class OneInstanceWithVolume extends Construct {
  readonly group: AutoScalingGroup;
  readonly function: NodeFunction;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: OneInstanceWithVolumeProps) {
    super(scope, id);
    const { volume, startService, stopService, startWithin = Duration.minutes(15), ...rest } = props;
    const { statements = [] } = rest;
    const stack = PlatformStack.of(this);
    const instances = stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });
    const name = stack.name(id);
    if (name.length > TOKEN_LENGTH - '-999999'.length)
      throw new Error(`${Names.nodeUniqueId(this.node)}: ${name} is too long for tokens of EC2`);
    const one = new OneOfOne(this, 'one', {
      ...rest,
      statements: [
        // It says that it has unmounted.
        new PolicyStatement({
          actions: ['ec2:CreateTags'],
          resources: [instances],
          conditions: {
            StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': name },
            'ForAllValues:StringEquals': { 'aws:TagKeys': [LET_GO] },
          },
        }),
        ...statements,
      ],
      userData: bootLines({
        group: name,
        hook: HOOKS.launch,
        device: DEVICE,
        mount: volume.mount,
        startService,
        stopService,
      }),
      hooks: [
        { name: HOOKS.launch, transition: 'LAUNCHING', heartbeat: startWithin, otherwise: 'ABANDON' },
        { name: HOOKS.terminate, transition: 'TERMINATING', heartbeat: LET_GO_WITHIN, otherwise: 'CONTINUE' },
      ],
    });
    acknowledgeWildcard(one.role, instances, 'of this group only: the condition says so');
    this.group = one.group;
    this.function = this.#function(stack, name, volume);
    this.#lookWhen(name);
    this.alarms = [
      one.alarm,
      this.function
        .metricErrors({ period: Duration.minutes(5) })
        .createAlarm(this, 'volume-is-stuck', { threshold: 1, evaluationPeriods: 1 }),
    ];
  }

  #function(stack: PlatformStack, name: string, volume: OneInstanceWithVolumeProps['volume']): NodeFunction {
    const { snapshotEvery = Duration.minutes(15), keepOldVolumes = Duration.days(7) } = volume;
    const made = new NodeFunction(this, 'function', {
      entry: new URL('handler.ts', import.meta.url),
      description: 'Brings the volume to where the instance is',
      // It looks again for 45 s; whoever is called in the next minute goes on.
      timeout: Duration.seconds(59),
      environment: {
        GROUP: name,
        VOLUME: name,
        LAUNCH_HOOK: HOOKS.launch,
        TERMINATE_HOOK: HOOKS.terminate,
        SIZE_GIB: String(volume.sizeGib),
        DEVICE,
        SNAPSHOT_EVERY_MINUTES: String(snapshotEvery.toMinutes()),
        KEEP_SNAPSHOTS: String(volume.keepSnapshots ?? 8),
        KEEP_OLD_VOLUMES_DAYS: String(keepOldVolumes.toDays()),
      },
      retryAttempts: 2,
      maxEventAge: CALL_IS_OLD,
    });
    allow(made, stack, name);
    return made;
  }

  #lookWhen(group: string): void {
    const targets = [new LambdaFunction(this.function, { retryAttempts: 2, maxEventAge: CALL_IS_OLD })];
    new Rule(this, 'clock', { schedule: Schedule.rate(LOOK_EVERY), targets });
    new Rule(this, 'comes-or-goes', {
      eventPattern: {
        source: ['aws.autoscaling'],
        detailType: ['EC2 Instance-launch Lifecycle Action', 'EC2 Instance-terminate Lifecycle Action'],
        detail: { AutoScalingGroupName: [group] },
      },
      targets,
    });
  }
}

/** Only what has its name in a tag, and only instances of its group. */
function allow(made: NodeFunction, stack: Stack, name: string): void {
  const ec2 = (resource: string, account?: string): string =>
    stack.formatArn({
      service: 'ec2',
      resource,
      resourceName: '*',
      ...(account !== undefined && { account }),
    });
  // Snapshots have no account in their ARNs.
  const [volumes, snapshots, instances] = [ec2('volume'), ec2('snapshot', ''), ec2('instance')];
  const group = groupArn(stack, name);
  const own = { StringEquals: { [`aws:ResourceTag/${VOLUME}`]: name } };
  const newOnes = { StringEquals: { [`aws:RequestTag/${VOLUME}`]: name } };
  const statement = (actions: string[], resources: string[], conditions = {}): void =>
    made.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
  statement(
    [
      'ec2:DescribeVolumes',
      'ec2:DescribeSnapshots',
      'ec2:DescribeInstances',
      'ec2:DescribeInstanceStatus',
      'autoscaling:DescribeAutoScalingGroups',
    ],
    ['*'],
  );
  statement(
    [
      'autoscaling:CompleteLifecycleAction',
      'autoscaling:RecordLifecycleActionHeartbeat',
      'autoscaling:SetInstanceHealth',
    ],
    [group],
  );
  statement(
    ['ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:DeleteVolume', 'ec2:CreateSnapshot'],
    [volumes],
    own,
  );
  statement(['ec2:AttachVolume'], [instances], {
    StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': name },
  });
  // Who has left the group does not have its tag any more; the volume is this one.
  statement(['ec2:DetachVolume'], [instances], {});
  statement(['ec2:CreateVolume'], [snapshots], own);
  statement(['ec2:DeleteSnapshot'], [snapshots], {
    StringEquals: { ...own.StringEquals, [`aws:ResourceTag/${MADE_BY}`]: MAKER },
  });
  statement(['ec2:CreateVolume'], [volumes], newOnes);
  statement(['ec2:CreateSnapshot'], [snapshots], newOnes);
  statement(['ec2:CreateTags', 'ec2:DeleteTags'], [volumes], own);
  statement(['ec2:CreateTags'], [volumes, snapshots], {
    StringEquals: { 'ec2:CreateAction': ['CreateVolume', 'CreateSnapshot'] },
  });
  const { role } = made;
  acknowledge(role!, 'AwsSolutions-IAM5[Resource::*]', 'neither knows a permission to describe some');
  acknowledgeWildcard(role!, group, 'a group has a number in its ARN, which nobody knows before');
  acknowledgeWildcard(role!, instances, 'the volume is this one, and it is given to this group only');
  for (const arn of [volumes, snapshots])
    acknowledgeWildcard(role!, arn, 'of this name only: the conditions say so');
}
