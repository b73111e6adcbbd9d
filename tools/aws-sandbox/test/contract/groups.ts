import {
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  type AutoScalingClient,
  type AutoScalingGroup,
  type CreateAutoScalingGroupCommandInput,
  type Instance,
} from '@aws-sdk/client-auto-scaling';
import type { Aws } from './contract.ts';
import { defined, eventually, uniqueName } from './helpers.ts';
import { newTemplate, subnetIn } from './instances.ts';

export type WithGroups = Pick<Aws, 'ec2' | 'patience'> & { autoScaling: AutoScalingClient };

/** Of one instance in one zone, unless told otherwise; its name. */
export async function newGroup(
  aws: WithGroups,
  options: Partial<CreateAutoScalingGroupCommandInput> = {},
  zones: readonly string[] = ['a'],
): Promise<string> {
  const AutoScalingGroupName = uniqueName('group');
  const subnets: string[] = [];
  for (const zone of zones) subnets.push(await subnetIn(aws, zone));
  await aws.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName,
      LaunchTemplate: { LaunchTemplateId: await newTemplate(aws), Version: '$Latest' },
      MinSize: 0,
      MaxSize: 1,
      DesiredCapacity: 1,
      VPCZoneIdentifier: subnets.join(','),
      ...options,
    }),
  );
  return AutoScalingGroupName;
}

export const hook = (transition: 'LAUNCHING' | 'TERMINATING', options = {}) => ({
  LifecycleHookName: transition.toLowerCase(),
  LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
  ...options,
});

export async function readGroup({ autoScaling }: WithGroups, name: string): Promise<AutoScalingGroup> {
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  return defined(AutoScalingGroups?.[0], `group ${name}`);
}

export async function membersOf(aws: WithGroups, name: string): Promise<Instance[]> {
  return (await readGroup(aws, name)).Instances ?? [];
}

/** Waits until there are so many in that state. */
export function membersIn(
  aws: WithGroups,
  name: string,
  state: string,
  count = 1,
): Promise<(Instance & { InstanceId: string })[]> {
  return eventually(`${count} of ${name} ${state}`, aws.patience, async () => {
    const members = (await membersOf(aws, name)).filter(({ LifecycleState }) => LifecycleState === state);
    return members.length === count
      ? members.map((one) => ({ ...one, InstanceId: one.InstanceId ?? '' }))
      : undefined;
  });
}

/** The one instance in that state. */
export const memberIn = async (aws: WithGroups, name: string, state: string) =>
  defined((await membersIn(aws, name, state))[0]);

export async function stateOf({ autoScaling }: WithGroups, id: string): Promise<string | undefined> {
  const { AutoScalingInstances } = await autoScaling.send(
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [id] }),
  );
  return AutoScalingInstances?.[0]?.LifecycleState;
}

/** Waits until the group does not have it any more. */
export async function hasLeft(aws: WithGroups, name: string, id: string): Promise<void> {
  await eventually(`${id} has left ${name}`, aws.patience, async () =>
    (await membersOf(aws, name)).every(({ InstanceId }) => InstanceId !== id) ? true : undefined,
  );
}
