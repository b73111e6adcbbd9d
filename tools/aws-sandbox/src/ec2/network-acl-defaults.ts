import { newId, type Items } from './items.ts';
import type { NetworkAcl, NetworkAclEntry, Subnet, Vpc } from './kinds.ts';

/** https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html */
const everything = { action: 'allow', protocol: '-1' } as const;
const allowIpv4 = (egress: boolean): NetworkAclEntry => ({
  ...everything,
  number: 100,
  egress,
  cidr: '0.0.0.0/0',
});
const allowIpv6 = (egress: boolean): NetworkAclEntry => ({
  ...everything,
  number: 101,
  egress,
  cidr: '::/0',
});

/** Lets everything pass, until it is changed. */
export function createDefaultAcl(items: Items, region: string, vpc: Vpc): NetworkAcl {
  const families = vpc.ipv6.length === 0 ? [allowIpv4] : [allowIpv4, allowIpv6];
  return items.create('networkacl', region, {
    vpcId: vpc.id,
    isDefault: true,
    entries: [true, false].flatMap((egress) => families.map((allow) => allow(egress))),
    associations: [],
    tags: [],
  });
}

/** When a VPC gets IPv6 later. A direction whose rules were changed is left alone; same page. */
export function allowIpv6InDefaultAcl(items: Items, region: string, vpc: Vpc): void {
  const acl = defaultAclOf(items, region, vpc.id);
  const untouched = [true, false].filter((egress) => {
    const present = acl.entries.filter((entry) => entry.egress === egress);
    return JSON.stringify(present) === JSON.stringify([allowIpv4(egress)]);
  });
  acl.entries.push(...untouched.map(allowIpv6));
  items.replace(acl);
}

/** Every subnet is associated with one ACL at any time: at first with the default one. */
export function associateWithDefaultAcl(items: Items, region: string, subnet: Subnet): void {
  const acl = defaultAclOf(items, region, subnet.vpcId);
  acl.associations.push({ id: newId('aclassoc'), subnetId: subnet.id });
  items.replace(acl);
}

function defaultAclOf(items: Items, region: string, vpcId: string): NetworkAcl {
  const found = findDefaultAcl(items, region, vpcId);
  if (found === undefined) throw new Error(`${vpcId} has no default network ACL`);
  return found;
}

export function findDefaultAcl(items: Items, region: string, vpcId: string): NetworkAcl | undefined {
  return items.list('networkacl', region).find((acl) => acl.isDefault && acl.vpcId === vpcId);
}
