import { z } from 'zod';
import { allOf, ec2Call, ec2Create, filters, firstOf, named } from './ec2-call.ts';

export const NetworkAcl = z.strictObject({
  /** Of the tag `Name`. */
  name: z.string(),
  /** Names of subnets of the VPC. */
  subnets: z.array(z.string()).default([]),
  /** Whether it lets everything pass at first, as a default ACL does; otherwise nothing. */
  allow: z.boolean().default(false),
});
export type NetworkAcl = z.infer<typeof NetworkAcl>;

export interface VpcPlace {
  endpoint: string;
  vpcId: string;
  hasIpv6: boolean;
  /** Ids by name. */
  subnets: ReadonlyMap<string, string>;
}

/** What has the name is left as it is: entries that services have put into it stay in force. */
export async function applyNetworkAcl(place: VpcPlace, acl: NetworkAcl): Promise<void> {
  const { endpoint, vpcId } = place;
  const present = await ec2Call(
    endpoint,
    'DescribeNetworkAcls',
    filters({ 'vpc-id': vpcId, 'tag:Name': acl.name }),
  );
  if (firstOf(present['networkAclSet']) !== undefined) return;
  const made = await ec2Create(endpoint, 'CreateNetworkAcl', 'networkAcl', {
    VpcId: vpcId,
    ...named('network-acl', acl.name),
  });
  const id = String(made['networkAclId']);
  if (acl.allow) await allowEverything(place, id);
  for (const name of acl.subnets) await associate(endpoint, id, place.subnets.get(name) ?? name);
}

/** At the numbers that a default ACL has them: 100, and 101 for IPv6. */
async function allowEverything({ endpoint, hasIpv6 }: VpcPlace, id: string): Promise<void> {
  for (const Egress of ['true', 'false']) {
    const entry = { NetworkAclId: id, Egress, Protocol: '-1', RuleAction: 'allow' };
    await ec2Call(endpoint, 'CreateNetworkAclEntry', { ...entry, RuleNumber: '100', CidrBlock: '0.0.0.0/0' });
    if (!hasIpv6) continue;
    await ec2Call(endpoint, 'CreateNetworkAclEntry', { ...entry, RuleNumber: '101', Ipv6CidrBlock: '::/0' });
  }
}

/** Takes the subnet away from the ACL that it has. */
async function associate(endpoint: string, aclId: string, subnetId: string): Promise<void> {
  const present = await ec2Call(
    endpoint,
    'DescribeNetworkAcls',
    filters({ 'association.subnet-id': subnetId }),
  );
  const associations = allOf(firstOf(present['networkAclSet'])?.['associationSet']);
  const found = associations.find((one) => one['subnetId'] === subnetId);
  await ec2Call(endpoint, 'ReplaceNetworkAclAssociation', {
    AssociationId: String(found?.['networkAclAssociationId']),
    NetworkAclId: aclId,
  });
}
