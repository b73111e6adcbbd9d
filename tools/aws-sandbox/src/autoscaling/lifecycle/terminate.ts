import { terminate } from '../../ec2/instances/state-changes.ts';
import { begin, update, type World } from '../activity.ts';
import type { Group, Member } from '../group.ts';
import { waitForHooks } from './hooks.ts';

/** An instance is to go: it waits for the hooks of its group, if there are any, and ends. */
export function startTermination(world: World, group: Group, member: Member, cause: string): void {
  member.activity = begin(world, group, {
    description: `Terminating EC2 instance: ${member.id}`,
    cause: `At ${new Date(world.cloud.now).toISOString()} ${cause}`,
    status: 'InProgress',
    zone: member.zone,
  });
  member.until = undefined;
  member.actions = [];
  if (waitForHooks(world, group, member, 'autoscaling:EC2_INSTANCE_TERMINATING')) return;
  member.state = 'Terminating';
  terminateInstance(world, member);
}

/** Whatever hooks there are. */
export function terminateInstance({ cloud }: World, member: Member): void {
  const found = cloud.items.locate('instance', member.id);
  if (found !== undefined) terminate(cloud, found.region, found.item);
}

/** It has ended, or nobody waits for it any more. */
export function leave(world: World, group: Group, member: Member, message?: string): void {
  update(world, member.activity, 'Successful', message);
  group.members = group.members.filter(({ id }) => id !== member.id);
}

/**
 * An instance in a zone that is lost: no hook is asked, or waited for. It is told to end, which it will when the zone
 * is back.
 */
export function abandonLost(world: World, group: Group, member: Member): void {
  if (!member.state.startsWith('Terminating')) {
    member.activity = begin(world, group, {
      description: `Terminating EC2 instance: ${member.id}`,
      cause: `At ${new Date(world.cloud.now).toISOString()} an instance was taken out of service because its Availability Zone ${member.zone} is lost.`,
      status: 'InProgress',
      zone: member.zone,
    });
  }
  terminateInstance(world, member);
  leave(world, group, member);
}
