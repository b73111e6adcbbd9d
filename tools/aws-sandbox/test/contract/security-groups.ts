import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroup,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { anyVpc, type WithEc2 } from './ec2.ts';
import { defined, uniqueName } from './helpers.ts';

/** In any VPC, unless one is named. Gives back the id. */
export async function newGroup(aws: WithEc2, vpcId?: string, options = {}): Promise<string> {
  const { GroupId } = await aws.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: uniqueName('group'),
      Description: 'of a test',
      VpcId: vpcId ?? (await anyVpc(aws)),
      ...options,
    }),
  );
  return defined(GroupId, 'the id of the security group');
}

export async function readGroup(aws: WithEc2, id: string): Promise<SecurityGroup> {
  const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  return defined(SecurityGroups?.[0], `security group ${id}`);
}

export async function defaultGroup(aws: WithEc2, vpcId: string): Promise<SecurityGroup> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return defined(SecurityGroups?.[0], 'the default group');
}

/** HTTPS from somewhere. */
export const https = (from: Partial<IpPermission>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: 443,
  ToPort: 443,
  ...from,
});

export const fromRange = (CidrIp: string): IpPermission => https({ IpRanges: [{ CidrIp }] });

/** So many different IPv4 addresses. */
export const fromMany = (count: number): IpPermission =>
  https({ IpRanges: Array.from({ length: count }, (_, i) => ({ CidrIp: `198.51.100.${i}/32` })) });

export const authorize = (aws: WithEc2, GroupId: string, ...IpPermissions: IpPermission[]) =>
  aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));

export const revoke = (aws: WithEc2, GroupId: string, ...IpPermissions: IpPermission[]) =>
  aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));

/** Those that let somebody in. */
export async function rulesOf(aws: WithEc2, id: string): Promise<SecurityGroupRule[]> {
  const Filters = [{ Name: 'group-id', Values: [id] }];
  const { SecurityGroupRules = [] } = await aws.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true);
}

/** The list of CloudFront's IPv4 addresses; gives back the id. */
export async function cloudFrontList(aws: WithEc2): Promise<string> {
  const Values = ['com.amazonaws.global.cloudfront.origin-facing'];
  const { PrefixLists } = await aws.ec2.send(
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values }] }),
  );
  return defined(PrefixLists?.[0]?.PrefixListId, 'the prefix list of CloudFront');
}
