import { AwsError } from '../../http/aws-error.ts';
import { ec2Error } from '../error.ts';
import type { Items } from '../items.ts';
import type { Subnet } from '../kinds.ts';
import { DEFAULT_GROUP } from '../security-group-defaults.ts';
import { requireGroup } from '../security-groups.ts';

/** https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const MAX_GROUPS = 5;

/** Those that are named, or the default one of the VPC. */
export function groupsFor(items: Items, region: string, subnet: Subnet, ids: readonly string[]): string[] {
  if (ids.length > MAX_GROUPS) {
    throw ec2Error.limit(
      'SecurityGroupsPerInterfaceLimitExceeded',
      `The maximum number of security groups per interface is ${MAX_GROUPS}.`,
    );
  }
  for (const id of ids) {
    if (requireGroup(items, region, id).vpcId === subnet.vpcId) continue;
    throw new AwsError(
      400,
      'InvalidParameter',
      `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
    );
  }
  if (ids.length > 0) return [...ids];
  const isDefault = (one: { vpcId: string; name: string }) =>
    one.vpcId === subnet.vpcId && one.name === DEFAULT_GROUP;
  return items
    .list('group', region)
    .filter(isDefault)
    .map(({ id }) => id);
}
