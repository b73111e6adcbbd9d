import {
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  DeleteNetworkAclEntryCommand,
  type CreateNetworkAclEntryCommandInput,
  type NetworkAcl,
  type NetworkAclEntry,
} from '@aws-sdk/client-ec2';
import { anyVpc, type WithEc2 } from './ec2.ts';
import { defined } from './helpers.ts';

/** In any VPC, unless one is named. Gives back the id. */
export async function newAcl(aws: WithEc2, vpcId?: string, options = {}): Promise<string> {
  const VpcId = vpcId ?? (await anyVpc(aws));
  const { NetworkAcl: acl } = await aws.ec2.send(new CreateNetworkAclCommand({ VpcId, ...options }));
  return defined(acl?.NetworkAclId, 'the id of the network ACL');
}

export async function readAcl(aws: WithEc2, id: string): Promise<NetworkAcl> {
  const { NetworkAcls } = await aws.ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [id] }));
  return defined(NetworkAcls?.[0], `network ACL ${id}`);
}

export async function findAcls(aws: WithEc2, filters: Record<string, string>): Promise<NetworkAcl[]> {
  const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
  return (await aws.ec2.send(new DescribeNetworkAclsCommand({ Filters }))).NetworkAcls ?? [];
}

export async function defaultAcl(aws: WithEc2, vpcId: string): Promise<NetworkAcl> {
  return defined((await findAcls(aws, { 'vpc-id': vpcId, default: 'true' }))[0], 'the default ACL');
}

/** Inbound, denies one address. */
export const deny = (
  NetworkAclId: string,
  RuleNumber: number,
  changes: Partial<CreateNetworkAclEntryCommandInput> = {},
) => ({
  NetworkAclId,
  RuleNumber,
  Egress: false,
  Protocol: '-1',
  RuleAction: 'deny' as const,
  ...('Ipv6CidrBlock' in changes ? {} : { CidrBlock: '192.0.2.7/32' }),
  ...changes,
});

export const addEntry = (aws: WithEc2, input: CreateNetworkAclEntryCommandInput) =>
  aws.ec2.send(new CreateNetworkAclEntryCommand(input));

export const replaceEntry = (aws: WithEc2, input: CreateNetworkAclEntryCommandInput) =>
  aws.ec2.send(new ReplaceNetworkAclEntryCommand(input));

export const removeEntry = (aws: WithEc2, NetworkAclId: string, RuleNumber: number, Egress = false) =>
  aws.ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber, Egress }));

/** What a caller has put into an ACL. */
export async function ownEntries(aws: WithEc2, id: string) {
  const { Entries = [] } = await readAcl(aws, id);
  return Entries.filter(({ RuleNumber = 0 }) => RuleNumber < 32_767);
}

/** Moves a subnet to another ACL; gives back the id of the new association. */
export async function moveSubnet(aws: WithEc2, SubnetId: string, NetworkAclId: string): Promise<string> {
  const [acl] = await findAcls(aws, { 'association.subnet-id': SubnetId });
  const found = acl?.Associations?.find((one) => one.SubnetId === SubnetId);
  const AssociationId = defined(found?.NetworkAclAssociationId, `the association of ${SubnetId}`);
  const moved = await aws.ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
  return defined(moved.NewAssociationId, 'the id of the new association');
}

/** Number, action and CIDR of each entry of one direction, in the order of their numbers. */
export function entriesOf({ Entries = [] }: NetworkAcl, egress: boolean): unknown[] {
  return Entries.filter(({ Egress }) => Egress === egress)
    .toSorted((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
    .map((one) => [one.RuleNumber, one.RuleAction, cidrOf(one)]);
}

const cidrOf = ({ CidrBlock, Ipv6CidrBlock }: NetworkAclEntry): string | undefined =>
  CidrBlock ?? Ipv6CidrBlock;
