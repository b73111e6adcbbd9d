import { z } from 'zod';
import { formatCidr, parseCidr } from '../ec2/cidr.ts';
import { ec2Call, ec2Create, filters, firstOf, named, type Answer } from './ec2-call.ts';
import { applyNetworkAcl, NetworkAcl } from './network-acls.ts';

const Subnet = z.strictObject({
  /** Of the tag `Name`. */
  name: z.string(),
  cidr: z.string(),
});

const SecurityGroup = z.strictObject({ name: z.string(), description: z.string() });

export const DevelopmentVpc = z
  .strictObject({
    cidr: z.string(),
    /** Whether Amazon provides a /56 as well. */
    ipv6: z.boolean().default(false),
    subnets: z.array(Subnet).default([]),
    networkAcls: z.array(NetworkAcl).default([]),
    securityGroups: z.array(SecurityGroup).default([]),
  })
  .superRefine(({ subnets, networkAcls }, context) => {
    const names = new Set(subnets.map(({ name }) => name));
    for (const acl of networkAcls)
      for (const name of acl.subnets)
        if (!names.has(name))
          context.addIssue(`network ACL ${acl.name}: the VPC lists no subnet that is called ${name}`);
  });
export type DevelopmentVpc = z.infer<typeof DevelopmentVpc>;

export const ElasticIp = z.strictObject({
  /** Of the tag `Name`. */
  name: z.string(),
});
export type ElasticIp = z.infer<typeof ElasticIp>;

/** Makes a VPC unless there is one with this CIDR, and what is missing in it. */
export async function applyVpc(endpoint: string, wanted: DevelopmentVpc): Promise<void> {
  const vpc =
    (await findVpc(endpoint, wanted.cidr)) ??
    (await ec2Create(endpoint, 'CreateVpc', 'vpc', {
      CidrBlock: wanted.cidr,
      AmazonProvidedIpv6CidrBlock: String(wanted.ipv6),
    }));
  const vpcId = String(vpc['vpcId']);
  const subnets = new Map<string, string>();
  for (const subnet of wanted.subnets) subnets.set(subnet.name, await applySubnet(endpoint, vpcId, subnet));
  const hasIpv6 = firstOf(vpc['ipv6CidrBlockAssociationSet']) !== undefined;
  for (const acl of wanted.networkAcls) await applyNetworkAcl({ endpoint, vpcId, hasIpv6, subnets }, acl);
  for (const group of wanted.securityGroups) await applySecurityGroup(endpoint, vpcId, group);
}

async function findVpc(endpoint: string, cidr: string): Promise<Answer | undefined> {
  return firstOf((await ec2Call(endpoint, 'DescribeVpcs', filters({ cidr: asKept(cidr) })))['vpcSet']);
}

/** Gives back its id. */
async function applySubnet(
  endpoint: string,
  vpcId: string,
  { name, cidr }: z.infer<typeof Subnet>,
): Promise<string> {
  const wanted = filters({ 'vpc-id': vpcId, 'cidr-block': asKept(cidr) });
  const present = await ec2Call(endpoint, 'DescribeSubnets', wanted);
  const subnet =
    firstOf(present['subnetSet']) ??
    (await ec2Create(endpoint, 'CreateSubnet', 'subnet', {
      VpcId: vpcId,
      CidrBlock: cidr,
      ...named('subnet', name),
    }));
  return String(subnet['subnetId']);
}

async function applySecurityGroup(
  endpoint: string,
  vpcId: string,
  { name, description }: z.infer<typeof SecurityGroup>,
): Promise<void> {
  const wanted = filters({ 'vpc-id': vpcId, 'group-name': name });
  const present = await ec2Call(endpoint, 'DescribeSecurityGroups', wanted);
  if (firstOf(present['securityGroupInfo']) !== undefined) return;
  await ec2Call(endpoint, 'CreateSecurityGroup', {
    VpcId: vpcId,
    GroupName: name,
    GroupDescription: description,
  });
}

/** Allocates an Elastic IP unless there is one of this name. */
export async function applyElasticIp(endpoint: string, { name }: ElasticIp): Promise<void> {
  const present = await ec2Call(endpoint, 'DescribeAddresses', filters({ 'tag:Name': name }));
  if (firstOf(present['addressesSet']) !== undefined) return;
  await ec2Call(endpoint, 'AllocateAddress', named('elastic-ip', name));
}

/** As EC2 keeps it; what is no CIDR, EC2 will refuse. */
function asKept(cidr: string): string {
  const parsed = parseCidr(cidr);
  return parsed === undefined ? cidr : formatCidr(parsed);
}
