import { ec2Error } from './error.ts';
import type { Permission } from './ip-permissions.ts';
import { requirePrefixList } from './prefix-lists.ts';

/**
 * Rules per group, direction and family; adjustable. One that refers to a group counts in both families,
 * one that refers to a prefix list as much as the list weighs.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
 */
const MAX_RULES = 60;

/** Of all rules that a group would have in one direction. */
export function refuseTooHeavy(rules: readonly Permission[], region: string): void {
  for (const family of ['IPv4', 'IPv6'] as const) {
    const weight = rules.reduce((sum, { peer }) => sum + weightOf(peer, family, region), 0);
    if (weight > MAX_RULES) {
      throw ec2Error.limit(
        'RulesPerSecurityGroupLimitExceeded',
        `The maximum number of rules per security group has been reached: ${MAX_RULES} for ${family}.`,
      );
    }
  }
}

function weightOf({ type, value }: Permission['peer'], family: 'IPv4' | 'IPv6', region: string): number {
  if (type === 'group') return 1;
  if (type !== 'prefix-list') return type === family.toLowerCase() ? 1 : 0;
  const list = requirePrefixList(region, value);
  return list.family === family ? list.weight : 0;
}
