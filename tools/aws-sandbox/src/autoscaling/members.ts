import type { XmlNode } from '../http/xml.ts';
import type { World } from './activity.ts';
import { autoScalingError } from './error.ts';
import { isLeaving } from './group.ts';
import { graceEnd } from './lifecycle/health.ts';
import { save } from './lifecycle/step.ts';
import { startTermination } from './lifecycle/terminate.ts';
import { renderActivity } from './render.ts';
import { requireMember } from './require.ts';
import type { Asked } from './shapes.ts';

/** It waits for hooks as any that goes; then another one comes, unless the group is to be smaller. */
export function terminateInGroup(
  world: World,
  region: string,
  asked: Asked<'TerminateInstanceInAutoScalingGroup'>,
): XmlNode {
  const { group, member } = requireMember(world, region, asked.InstanceId);
  const shrinks = asked.ShouldDecrementDesiredCapacity;
  if (shrinks && group.desired <= group.min) {
    throw autoScalingError.invalid(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  }
  if (!isLeaving(member)) {
    save(world, group, () => {
      if (shrinks) group.desired -= 1;
      startTermination(
        world,
        group,
        member,
        'instance was taken out of service in response to a user request.',
      );
    });
  }
  const activity = world.store.activity(member.activity);
  return { Activity: activity === undefined ? {} : renderActivity(activity) };
}

/** Of an instance in service; others are not looked at yet, or any more. */
export function setInstanceHealth(world: World, region: string, asked: Asked<'SetInstanceHealth'>): XmlNode {
  const { group, member } = requireMember(world, region, asked.InstanceId);
  save(world, group, () => {
    member.health = asked.HealthStatus;
    member.replaceAt =
      asked.HealthStatus === 'Healthy'
        ? undefined
        : Math.max(world.cloud.now, asked.ShouldRespectGracePeriod ? graceEnd(group, member) : 0);
  });
  return {};
}
