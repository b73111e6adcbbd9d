import { AwsError } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import { describePermissions } from './ip-permissions.ts';
import { ACCOUNT, type Items } from './items.ts';
import type { SecurityGroup } from './kinds.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { createGroup, DEFAULT_GROUP, rulesOf } from './security-group-defaults.ts';
import { requireVpc } from './vpcs.ts';
import { tagSet } from './xml.ts';

/** Adjustable. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const MAX_GROUPS = 2_500;
/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

const FILTERS: FilterValues<SecurityGroup> = {
  'group-id': ({ id }) => id,
  'group-name': ({ name }) => name,
  'vpc-id': ({ vpcId }) => vpcId,
  description: ({ description }) => description,
};

export function createSecurityGroup(items: Items, region: string, params: Params): XmlNode {
  const name = readText(params, 'GroupName');
  const description = readText(params, 'GroupDescription');
  const vpcId = params.text('VpcId');
  // Without one it would be for the default VPC.
  if (vpcId === undefined)
    throw new AwsError(400, 'VPCIdNotSpecified', 'No default VPC for this user. VpcId is needed.');
  const vpc = requireVpc(items, region, vpcId);
  if (name === DEFAULT_GROUP || name.startsWith('sg-'))
    throw ec2Error.invalid('groupName', name, 'Cannot use a reserved security group name.');
  const groups = items.list('group', region);
  if (groups.some((one) => one.vpcId === vpc.id && one.name === name)) {
    throw new AwsError(
      400,
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpc.id}'`,
    );
  }
  if (groups.length >= MAX_GROUPS)
    throw ec2Error.limit(
      'SecurityGroupLimitExceeded',
      'The maximum number of security groups has been reached.',
    );
  const group = createGroup(items, region, vpc, {
    vpcId: vpc.id,
    name,
    description,
    tags: params.tags('security-group'),
  });
  return {
    return: true,
    groupId: group.id,
    tagSet: tagSet(group.tags),
    securityGroupArn: arnOf(group, region),
  };
}

export function describeSecurityGroups(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('GroupId');
  for (const id of ids) requireGroup(items, region, id);
  const all = items.list('group', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { securityGroupInfo: { item: page.map((group) => describe(items, region, group)) }, ...next };
}

export function deleteSecurityGroup(items: Items, region: string, params: Params): XmlNode {
  const group = requireGroup(items, region, params.required('GroupId'));
  if (group.name === DEFAULT_GROUP) {
    throw new AwsError(
      400,
      'CannotDelete',
      `the specified group: "${group.id}" name: "${group.name}" cannot be deleted by a user`,
    );
  }
  const rules = items.list('grouprule', region);
  const isReferred = rules.some(
    ({ groupId, peer }) => peer.type === 'group' && peer.value === group.id && groupId !== group.id,
  );
  if (isReferred) throw ec2Error.needed(`resource ${group.id}`);
  for (const { id, groupId } of rules) if (groupId === group.id) items.remove(id);
  items.remove(group.id);
  return { return: true, groupId: group.id };
}

export function requireGroup(items: Items, region: string, id: string): SecurityGroup {
  const group = items.find('group', region, id);
  if (group === undefined) throw ec2Error.absent('InvalidGroup.NotFound', `security group '${id}'`);
  return group;
}

function readText(params: Params, name: string): string {
  const text = params.required(name);
  if (!TEXT.test(text))
    throw ec2Error.invalid(
      name,
      text,
      'Expecting up to 255 of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*',
    );
  return text;
}

function describe(items: Items, region: string, group: SecurityGroup): XmlNode {
  const rules = rulesOf(items, region, group.id);
  return {
    ownerId: ACCOUNT,
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpcId,
    securityGroupArn: arnOf(group, region),
    ipPermissions: describePermissions(rules.filter(({ egress }) => !egress)),
    ipPermissionsEgress: describePermissions(rules.filter(({ egress }) => egress)),
    tagSet: tagSet(group.tags),
  };
}

const arnOf = ({ id }: SecurityGroup, region: string): string =>
  `arn:aws:ec2:${region}:${ACCOUNT}:security-group/${id}`;
