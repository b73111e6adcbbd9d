import type { XmlNode } from '../http/xml.ts';
import { ACCOUNT } from './items.ts';
import type { SecurityGroupRule } from './kinds.ts';
import { tagSet } from './xml.ts';

/** What all answers about a rule have in common. -1 stands for all ports. */
export function describeTraffic({
  protocol,
  from = -1,
  to = -1,
  peer,
  description,
}: SecurityGroupRule): XmlNode {
  return {
    ipProtocol: protocol,
    fromPort: from,
    toPort: to,
    cidrIpv4: peer.type === 'ipv4' ? peer.value : undefined,
    cidrIpv6: peer.type === 'ipv6' ? peer.value : undefined,
    prefixListId: peer.type === 'prefix-list' ? peer.value : undefined,
    description,
  };
}

export function describeRule(rule: SecurityGroupRule, region: string): XmlNode {
  return {
    securityGroupRuleId: rule.id,
    securityGroupRuleArn: `arn:aws:ec2:${region}:${ACCOUNT}:security-group-rule/${rule.id}`,
    groupId: rule.groupId,
    groupOwnerId: ACCOUNT,
    isEgress: rule.egress,
    ...describeTraffic(rule),
    referencedGroupInfo:
      rule.peer.type === 'group' ? { groupId: rule.peer.value, userId: ACCOUNT } : undefined,
    tagSet: tagSet(rule.tags),
  };
}

export function describeRevoked(rule: SecurityGroupRule): XmlNode {
  return {
    securityGroupRuleId: rule.id,
    groupId: rule.groupId,
    isEgress: rule.egress,
    ...describeTraffic(rule),
    referencedGroupId: rule.peer.type === 'group' ? rule.peer.value : undefined,
  };
}
