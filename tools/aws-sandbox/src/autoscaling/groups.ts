import { randomUUID } from 'node:crypto';
import { ACCOUNT } from '../ec2/items.ts';
import { requireTemplate, versionOf } from '../ec2/launch-templates/reference.ts';
import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import type { World } from './activity.ts';
import { autoScalingError } from './error.ts';
import type { Group } from './group.ts';
import { newHook } from './hooks.ts';
import { terminateInstance } from './lifecycle/terminate.ts';
import { save } from './lifecycle/step.ts';
import { requireGroup } from './require.ts';
import type { Asked } from './shapes.ts';
import { readSubnets } from './subnets.ts';

/** What API_CreateAutoScalingGroup says of what is left out. */
const DEFAULT_COOLDOWN_SECONDS = 300;

export function createGroup(world: World, region: string, asked: Asked<'CreateAutoScalingGroup'>): XmlNode {
  const { cloud, store } = world;
  const name = asked.AutoScalingGroupName;
  if (store.find(region, name) !== undefined) throw autoScalingError.alreadyExists(name);
  const group: Group = {
    name,
    region,
    arn: `arn:aws:autoscaling:${region}:${ACCOUNT}:autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`,
    created: cloud.now,
    template: readTemplate(world, region, asked.LaunchTemplate),
    min: asked.MinSize,
    max: asked.MaxSize,
    desired: asked.DesiredCapacity ?? asked.MinSize,
    subnets: readSubnets(cloud, region, asked.VPCZoneIdentifier),
    graceSeconds: asked.HealthCheckGracePeriod ?? 0,
    cooldownSeconds: asked.DefaultCooldown ?? DEFAULT_COOLDOWN_SECONDS,
    warmupSeconds: asked.DefaultInstanceWarmup,
    terminationPolicies: asked.TerminationPolicies ?? ['Default'],
    hooks: [],
    tags: asked.Tags.map(({ Key, Value, PropagateAtLaunch }) => ({
      key: Key,
      value: Value,
      propagate: PropagateAtLaunch,
    })),
    members: [],
    deleting: false,
    failures: 0,
  };
  for (const one of asked.LifecycleHookSpecificationList) {
    if (group.hooks.some((hook) => hook.name === one.LifecycleHookName))
      throw autoScalingError.invalid(`The lifecycle hook ${one.LifecycleHookName} is there twice.`);
    group.hooks.push(newHook(one.LifecycleHookName, one.LifecycleTransition, one));
  }
  checkSize(group);
  save(world, group, () => {});
  return {};
}

/** "If the new minimum is above the desired capacity", or the new maximum below, that is desired from now on. */
export function updateGroup(world: World, region: string, asked: Asked<'UpdateAutoScalingGroup'>): XmlNode {
  const group = requireGroup(world, region, asked.AutoScalingGroupName);
  const { VPCZoneIdentifier, LaunchTemplate } = asked;
  save(world, group, () => {
    if (LaunchTemplate !== undefined) group.template = readTemplate(world, region, LaunchTemplate);
    if (VPCZoneIdentifier !== undefined) group.subnets = readSubnets(world.cloud, region, VPCZoneIdentifier);
    group.min = asked.MinSize ?? group.min;
    group.max = asked.MaxSize ?? group.max;
    group.desired =
      asked.DesiredCapacity ?? Math.max(Math.min(group.desired, group.max), Math.min(group.min, group.max));
    group.graceSeconds = asked.HealthCheckGracePeriod ?? group.graceSeconds;
    group.cooldownSeconds = asked.DefaultCooldown ?? group.cooldownSeconds;
    group.warmupSeconds = asked.DefaultInstanceWarmup ?? group.warmupSeconds;
    group.terminationPolicies = asked.TerminationPolicies ?? group.terminationPolicies;
    checkSize(group);
    tryAgain(group);
  });
  return {};
}

export function setDesiredCapacity(
  world: World,
  region: string,
  { AutoScalingGroupName, DesiredCapacity: desired }: Asked<'SetDesiredCapacity'>,
): XmlNode {
  const group = requireGroup(world, region, AutoScalingGroupName);
  if (desired > group.max) {
    throw autoScalingError.invalid(
      `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
    );
  }
  if (desired < group.min) {
    throw autoScalingError.invalid(
      `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
    );
  }
  save(world, group, () => {
    group.desired = desired;
    tryAgain(group);
  });
  return {};
}

/** With force all instances end at once, and no lifecycle hook is waited for. API_DeleteAutoScalingGroup */
export function deleteGroup(
  world: World,
  region: string,
  { AutoScalingGroupName, ForceDelete }: Asked<'DeleteAutoScalingGroup'>,
): XmlNode {
  const group = requireGroup(world, region, AutoScalingGroupName);
  if (!ForceDelete && group.members.length > 0) {
    throw autoScalingError.inUse(
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  }
  if (group.members.length === 0) {
    world.store.remove(group);
    return {};
  }
  save(world, group, () => {
    Object.assign(group, { deleting: true, min: 0, max: 0, desired: 0 });
    for (const member of group.members) {
      Object.assign(member, { state: 'Terminating', actions: [], until: undefined });
      terminateInstance(world, member);
    }
  });
  return {};
}

/** Who changes something need not wait for what failed before. */
export function tryAgain(group: Group): void {
  group.failures = 0;
  group.scaleAt = undefined;
}

function checkSize({ min, max, desired }: Group): void {
  if (min > max)
    throw autoScalingError.invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max) {
    throw autoScalingError.invalid(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
  }
}

function readTemplate(
  { cloud }: World,
  region: string,
  asked: Asked<'CreateAutoScalingGroup'>['LaunchTemplate'],
): Group['template'] {
  try {
    const found = requireTemplate(cloud.items, region, {
      id: asked.LaunchTemplateId,
      name: asked.LaunchTemplateName,
    });
    versionOf(found, asked.Version);
    return { id: found.id, name: found.name, version: asked.Version ?? '$Default' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw autoScalingError.invalid(`You must use a valid fully-formed launch template. ${error.message}`);
  }
}
