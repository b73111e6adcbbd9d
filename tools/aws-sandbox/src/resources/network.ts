import { z } from 'zod';
import { formatCidr, parseCidr } from '../ec2/cidr.ts';
import { EC2_VERSION } from '../ec2/service.ts';
import { parseXml } from '../http/xml.ts';

export const DevelopmentVpc = z.strictObject({
  cidr: z.string(),
  /** Whether Amazon provides a /56 as well. */
  ipv6: z.boolean().default(false),
});
export type DevelopmentVpc = z.infer<typeof DevelopmentVpc>;

export const ElasticIp = z.strictObject({
  /** Of the tag `Name`. */
  name: z.string(),
});
export type ElasticIp = z.infer<typeof ElasticIp>;

/** Makes a VPC unless there is one with this CIDR. */
export async function applyVpc(endpoint: string, { cidr, ipv6 }: DevelopmentVpc): Promise<void> {
  const parsed = parseCidr(cidr);
  const present = await call(endpoint, 'DescribeVpcs', {
    'Filter.1.Name': 'cidr',
    // As EC2 keeps it; what is no CIDR, CreateVpc will refuse.
    'Filter.1.Value.1': parsed === undefined ? cidr : formatCidr(parsed),
  });
  if (present['vpcSet'] !== '') return;
  await call(endpoint, 'CreateVpc', { CidrBlock: cidr, AmazonProvidedIpv6CidrBlock: String(ipv6) });
}

/** Allocates an Elastic IP unless there is one of this name. */
export async function applyElasticIp(endpoint: string, { name }: ElasticIp): Promise<void> {
  const present = await call(endpoint, 'DescribeAddresses', {
    'Filter.1.Name': 'tag:Name',
    'Filter.1.Value.1': name,
  });
  if (present['addressesSet'] !== '') return;
  await call(endpoint, 'AllocateAddress', {
    'TagSpecification.1.ResourceType': 'elastic-ip',
    'TagSpecification.1.Tag.1.Key': 'Name',
    'TagSpecification.1.Tag.1.Value': name,
  });
}

/** EC2's SDK client is the largest of all: for four calls it would keep 60 MB and 200 ms of every start. */
async function call(
  endpoint: string,
  action: string,
  params: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({ Action: action, Version: EC2_VERSION, ...params }),
  });
  const text = await answer.text();
  const content = answer.ok ? parseXml(text, `${action}Response`) : undefined;
  if (content === undefined) throw new Error(`${action} ${JSON.stringify(params)}: ${text}`);
  return content;
}
