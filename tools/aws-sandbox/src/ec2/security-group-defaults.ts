import type { Items } from './items.ts';
import type { SecurityGroup, SecurityGroupRule, Vpc } from './kinds.ts';

export const DEFAULT_GROUP = 'default';

/**
 * Every VPC has one, whose members may talk to each other.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
 */
export function createDefaultGroup(items: Items, region: string, vpc: Vpc): void {
  const group = createGroup(items, region, vpc, {
    vpcId: vpc.id,
    name: DEFAULT_GROUP,
    description: 'default VPC security group',
    tags: [],
  });
  items.create('grouprule', region, {
    groupId: group.id,
    egress: false,
    protocol: '-1',
    peer: { type: 'group', value: group.id },
    tags: [],
  });
}

/** A new group lets everything out, and nothing in. */
export function createGroup(
  items: Items,
  region: string,
  vpc: Vpc,
  body: Omit<SecurityGroup, 'id'>,
): SecurityGroup {
  const group = items.create('group', region, body);
  allowOut(items, region, group, 'ipv4');
  if (vpc.ipv6.length > 0) allowOut(items, region, group, 'ipv6');
  return group;
}

/** When a VPC gets IPv6 later. */
export function allowIpv6FromGroups(items: Items, region: string, vpc: Vpc): void {
  // Further blocks change nothing.
  if (vpc.ipv6.length > 1) return;
  for (const group of items.list('group', region))
    if (group.vpcId === vpc.id) allowOut(items, region, group, 'ipv6');
}

function allowOut(items: Items, region: string, group: SecurityGroup, type: 'ipv4' | 'ipv6'): void {
  items.create('grouprule', region, {
    groupId: group.id,
    egress: true,
    protocol: '-1',
    peer: { type, value: type === 'ipv4' ? '0.0.0.0/0' : '::/0' },
    tags: [],
  });
}

/** Those of one group, in the order of their ids. */
export function rulesOf(items: Items, region: string, groupId: string): SecurityGroupRule[] {
  return items.list('grouprule', region).filter((rule) => rule.groupId === groupId);
}
