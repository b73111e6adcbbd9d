import type { World } from './activity.ts';
import { autoScalingError } from './error.ts';
import type { Group, Member } from './group.ts';

export function requireGroup({ store }: World, region: string, name: string): Group {
  const group = store.find(region, name);
  if (group === undefined) throw autoScalingError.noGroup(name);
  return group;
}

/** An instance, and the group that has it. */
export function requireMember(
  { store }: World,
  region: string,
  id: string,
): { group: Group; member: Member } {
  for (const group of store.list(region)) {
    const member = group.members.find((one) => one.id === id);
    if (member !== undefined) return { group, member };
  }
  throw autoScalingError.noInstance(id);
}
