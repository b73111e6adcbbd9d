import type { XmlNode } from '../http/xml.ts';
import type { World } from './activity.ts';
import { autoScalingError } from './error.ts';
import type { Group, HookResult, LifecycleAction, LifecycleHook, Member, Transition } from './group.ts';
import { completeAction, recordHeartbeat } from './lifecycle/hooks.ts';
import { save } from './lifecycle/step.ts';
import { renderHook } from './render.ts';
import { requireGroup } from './require.ts';
import type { Asked } from './shapes.ts';

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html */
const MAX_HOOKS = 50;
/** An hour. */
const DEFAULT_HEARTBEAT_SECONDS = 3_600;

interface Wanted {
  HeartbeatTimeout?: number | undefined;
  DefaultResult?: HookResult | undefined;
  NotificationMetadata?: string | undefined;
}

export const newHook = (name: string, transition: Transition, wanted: Wanted): LifecycleHook => ({
  name,
  transition,
  heartbeatSeconds: wanted.HeartbeatTimeout ?? DEFAULT_HEARTBEAT_SECONDS,
  defaultResult: wanted.DefaultResult ?? 'ABANDON',
  metadata: wanted.NotificationMetadata,
});

/** Makes one, or changes what is said of it; instances that wait already wait as they did. */
export function putHook(world: World, region: string, asked: Asked<'PutLifecycleHook'>): XmlNode {
  const group = requireGroup(world, region, asked.AutoScalingGroupName);
  const name = asked.LifecycleHookName;
  const before = group.hooks.find((hook) => hook.name === name);
  const transition = asked.LifecycleTransition ?? before?.transition;
  if (transition === undefined)
    throw autoScalingError.invalid('The lifecycle transition is required to create a lifecycle hook.');
  if (before === undefined && group.hooks.length >= MAX_HOOKS)
    throw autoScalingError.limit(`There can be ${MAX_HOOKS} lifecycle hooks per group.`);
  const after = newHook(name, transition, {
    HeartbeatTimeout: asked.HeartbeatTimeout ?? before?.heartbeatSeconds,
    DefaultResult: asked.DefaultResult ?? before?.defaultResult,
    NotificationMetadata: asked.NotificationMetadata ?? before?.metadata,
  });
  save(world, group, () => {
    group.hooks = [...group.hooks.filter((hook) => hook.name !== name), after];
  });
  return {};
}

/** Who waits for it goes on: launches are abandoned, ends continued. API_DeleteLifecycleHook */
export function deleteHook(world: World, region: string, asked: Asked<'DeleteLifecycleHook'>): XmlNode {
  const group = requireGroup(world, region, asked.AutoScalingGroupName);
  const name = asked.LifecycleHookName;
  if (!group.hooks.some((hook) => hook.name === name))
    throw autoScalingError.invalid(
      `No Lifecycle Hook found named ${name} for Auto Scaling group ${group.name}`,
    );
  save(world, group, () => {
    group.hooks = group.hooks.filter((hook) => hook.name !== name);
    for (const member of group.members) {
      const action = member.actions.find((one) => one.hook === name);
      const result = member.state === 'Pending:Wait' ? 'ABANDON' : 'CONTINUE';
      if (action !== undefined) completeAction(world, group, member, action, result);
    }
  });
  return {};
}

export function describeHooks(world: World, region: string, asked: Asked<'DescribeLifecycleHooks'>): XmlNode {
  const group = requireGroup(world, region, asked.AutoScalingGroupName);
  const names = asked.LifecycleHookNames;
  const hooks = group.hooks.filter(({ name }) => names.length === 0 || names.includes(name));
  return { LifecycleHooks: { member: hooks.map((hook) => renderHook(group, hook)) } };
}

export function completeLifecycleAction(
  world: World,
  region: string,
  asked: Asked<'CompleteLifecycleAction'>,
): XmlNode {
  const { group, member, action } = requireAction(world, region, asked);
  save(world, group, () => completeAction(world, group, member, action, asked.LifecycleActionResult));
  return {};
}

export function recordLifecycleActionHeartbeat(
  world: World,
  region: string,
  asked: Asked<'RecordLifecycleActionHeartbeat'>,
): XmlNode {
  const { group, action } = requireAction(world, region, asked);
  save(world, group, () => recordHeartbeat(world, action));
  return {};
}

/** By token, or by instance; one that is over, or of an instance that has been given up, is not there any more. */
function requireAction(
  world: World,
  region: string,
  asked: Asked<'RecordLifecycleActionHeartbeat'>,
): { group: Group; member: Member; action: LifecycleAction } {
  const group = requireGroup(world, region, asked.AutoScalingGroupName);
  const { LifecycleActionToken: token, InstanceId: id, LifecycleHookName: name } = asked;
  if (token === undefined && id === undefined)
    throw autoScalingError.invalid('Either the lifecycle action token or the instance ID is required.');
  for (const member of group.members) {
    if (id !== undefined && member.id !== id) continue;
    const action = member.actions.find(
      (one) => one.hook === name && (token === undefined || one.token === token),
    );
    if (action !== undefined) return { group, member, action };
  }
  throw autoScalingError.invalid(
    id === undefined
      ? `No active Lifecycle Action found with token ${token}`
      : `No active Lifecycle Action found with instance ID ${id}`,
  );
}
