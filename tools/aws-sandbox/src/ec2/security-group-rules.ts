import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import { readPermissions, type Permission } from './ip-permissions.ts';
import type { Items } from './items.ts';
import type { SecurityGroup, SecurityGroupRule } from './kinds.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { requirePrefixList } from './prefix-lists.ts';
import { rulesOf } from './security-group-defaults.ts';
import { describeRevoked, describeRule } from './security-group-rule.ts';
import { refuseTooHeavy } from './security-group-weight.ts';
import { requireGroup } from './security-groups.ts';

const FILTERS: FilterValues<SecurityGroupRule> = {
  'security-group-rule-id': ({ id }) => id,
  'group-id': ({ groupId }) => groupId,
};

export function authorizeSecurityGroupIngress(items: Items, region: string, params: Params): XmlNode {
  const group = requireGroup(items, region, params.required('GroupId'));
  const asked = readPermissions(params);
  if (asked.length === 0) throw ec2Error.missing('ipPermissions');
  for (const { peer } of asked) requirePeer(items, region, group, peer);
  const present = ingressOf(items, region, group);
  refuseDuplicates(present, asked);
  refuseTooHeavy([...present, ...asked], region);
  const tags = params.tags('security-group-rule');
  const made = asked.map((one) =>
    items.create('grouprule', region, { ...one, groupId: group.id, egress: false, tags }),
  );
  return { return: true, securityGroupRuleSet: { item: made.map((rule) => describeRule(rule, region)) } };
}

/** All that was asked for, or nothing. */
export function revokeSecurityGroupIngress(items: Items, region: string, params: Params): XmlNode {
  const group = requireGroup(items, region, params.required('GroupId'));
  const [ids, asked] = [params.list('SecurityGroupRuleId'), readPermissions(params)];
  if (ids.length === 0 && asked.length === 0) throw ec2Error.missing('ipPermissions');
  if (ids.length > 0 && asked.length > 0)
    throw ec2Error.notCombined('Either ipPermissions or securityGroupRuleIds is needed');
  const present = ingressOf(items, region, group);
  const revoked = [
    ...ids.map((id) => present.find((rule) => rule.id === id) ?? refuseId(id)),
    ...asked.map((one) => present.find((rule) => keyOf(rule) === keyOf(one)) ?? refuseMissing()),
  ];
  for (const { id } of revoked) items.remove(id);
  return { return: true, revokedSecurityGroupRuleSet: { item: revoked.map(describeRevoked) } };
}

export function describeSecurityGroupRules(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('SecurityGroupRuleId');
  for (const id of ids) if (items.find('grouprule', region, id) === undefined) refuseId(id);
  const all = items.list('grouprule', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { securityGroupRuleSet: { item: page.map((rule) => describeRule(rule, region)) }, ...next };
}

const ingressOf = (items: Items, region: string, group: SecurityGroup): SecurityGroupRule[] =>
  rulesOf(items, region, group.id).filter(({ egress }) => !egress);

function requirePeer(items: Items, region: string, group: SecurityGroup, peer: Permission['peer']): void {
  if (peer.type === 'prefix-list') requirePrefixList(region, peer.value);
  if (peer.type !== 'group') return;
  if (requireGroup(items, region, peer.value).vpcId !== group.vpcId) {
    throw new AwsError(
      400,
      'InvalidGroup.NotFound',
      'You have specified two resources that belong to different networks.',
    );
  }
}

/** What makes two rules the same; their descriptions do not. */
const keyOf = ({ protocol, from, to, peer }: Permission): string =>
  JSON.stringify([protocol, from, to, peer.type, peer.value]);

function refuseDuplicates(present: readonly Permission[], asked: readonly Permission[]): void {
  const taken = new Set(present.map(keyOf));
  const duplicate = asked.find((one) => taken.has(keyOf(one)));
  if (duplicate !== undefined) {
    const { peer, protocol, from, to } = duplicate;
    throw new AwsError(
      400,
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${peer.value}, ${protocol.toUpperCase()}, from port: ${from}, to port: ${to}, ALLOW" already exists`,
    );
  }
  if (new Set(asked.map(keyOf)).size < asked.length)
    throw ec2Error.invalid('ipPermissions', '', 'The same permission must not appear multiple times.');
}

function refuseId(id: string): never {
  throw ec2Error.absent('InvalidSecurityGroupRuleId.NotFound', `security group rule ID '${id}'`);
}

function refuseMissing(): never {
  throw new AwsError(
    400,
    'InvalidPermission.NotFound',
    'The specified rule does not exist in this security group.',
  );
}
