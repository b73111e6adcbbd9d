import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  AllocateAddressCommand,
  CreateLaunchTemplateCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { Json, Model, Properties, Resource } from '../model.ts';
import { REGION, type Account } from './cloud.ts';
import { resolve, resolveAll } from './resolve.ts';

const IMAGE = 'ami-00000000000000001';
const ACCOUNT_ID = '000000000000';

/** What a template has become, and what a function that it has is told. */
export interface Deployed {
  /** By logical id. */
  ids: ReadonlyMap<string, string>;
  /** Of the function with settings. */
  environment: Record<string, string>;
  /** Where events go that the function's rules are about. */
  queueUrl: string;
  /** Of the rule with a clock. */
  everyMs: number;
}

/** As CloudFormation would make it, as far as drills need it: addresses, instances, groups, and who is told of what. */
export async function deploy(model: Model, account: Account): Promise<Deployed> {
  const { ec2, autoScaling, events, sqs, subnetIds } = account;
  const ids = new Map<string, string>();
  const attributes = new Map<string, string>();
  const of = (type: string): Resource[] => model.resources.filter((one) => one.type === type);
  const value = (json: Json | undefined): string => resolve(json ?? null, ids, attributes);

  for (const { id } of of('AWS::EC2::EIP')) {
    const { AllocationId = '', PublicIp = '' } = await ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc' }),
    );
    ids.set(id, PublicIp);
    attributes.set(`${id}.AllocationId`, AllocationId);
  }
  const { QueueUrl: queueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'called-by-rules' }),
  );
  const target = { Id: 'function', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:called-by-rules` };
  const launches: (() => Promise<void>)[] = [];

  for (const { id, properties } of of('AWS::EC2::Instance'))
    launches.push(async () => {
      const answer = await ec2.send(
        new RunInstancesCommand({
          ImageId: IMAGE,
          InstanceType: value(properties['InstanceType']) as 't4g.micro',
          MinCount: 1,
          MaxCount: 1,
          SubnetId: subnetIds[ids.size % subnetIds.length],
          UserData: value(properties['UserData']),
          IamInstanceProfile: { Name: 'instance' },
        }),
      );
      ids.set(id, answer.Instances?.[0]?.InstanceId ?? '');
    });
  for (const { properties } of of('AWS::AutoScaling::AutoScalingGroup')) {
    const group = value(properties['AutoScalingGroupName']);
    const [template] = of('AWS::EC2::LaunchTemplate');
    const data = (template?.properties['LaunchTemplateData'] ?? {}) as Properties;
    launches.push(async () => {
      const { LaunchTemplate } = await ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: group,
          LaunchTemplateData: {
            ImageId: IMAGE,
            InstanceType: value(data['InstanceType']) as 't4g.micro',
            UserData: value(data['UserData']),
            IamInstanceProfile: { Name: 'instance' },
          },
        }),
      );
      await autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: group,
          MinSize: Number(value(properties['MinSize'])),
          MaxSize: Number(value(properties['MaxSize'])),
          LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '$Latest' },
          VPCZoneIdentifier: subnetIds.join(','),
          LifecycleHookSpecificationList: hooksIn(properties, value),
        }),
      );
    });
  }
  // Those of instances name them, and those of a group have to be there before its first instance.
  const rules = of('AWS::Events::Rule');
  const patterns = rules.filter(({ properties }) => properties['EventPattern'] !== undefined);
  const hasInstances = of('AWS::EC2::Instance').length > 0;
  if (hasInstances) for (const launch of launches) await launch();
  for (const { id, properties } of patterns) {
    const EventPattern = JSON.stringify(resolveAll(properties['EventPattern'] ?? null, value));
    await events.send(new PutRuleCommand({ Name: id, EventPattern }));
    await events.send(new PutTargetsCommand({ Rule: id, Targets: [target] }));
  }
  if (!hasInstances) for (const launch of launches) await launch();
  const clock = rules
    .map(({ properties }) => properties['ScheduleExpression'])
    .find((one) => one !== undefined);
  return { ids, environment: environmentOf(model, value), queueUrl, everyMs: msOf(value(clock)) };
}

function hooksIn(properties: Properties, value: (json: Json | undefined) => string) {
  const hooks = (properties['LifecycleHookSpecificationList'] ?? []) as Properties[];
  return hooks.map((hook) => ({
    LifecycleHookName: value(hook['LifecycleHookName']),
    LifecycleTransition: value(hook['LifecycleTransition']),
    HeartbeatTimeout: Number(value(hook['HeartbeatTimeout'])),
    DefaultResult: value(hook['DefaultResult']),
  }));
}

function environmentOf(model: Model, value: (json: Json | undefined) => string): Record<string, string> {
  const environments = model.resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ properties }) => properties['Environment'] as Properties | undefined)
    .filter((one) => one !== undefined);
  const variables = (environments[0]?.['Variables'] ?? {}) as Properties;
  return Object.fromEntries(Object.entries(variables).map(([name, one]) => [name, value(one)]));
}

function msOf(schedule: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(schedule) ?? [];
  return Number(count ?? 1) * (unit === 'hour' ? 3_600_000 : 60_000);
}
