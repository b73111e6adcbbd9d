import { createHash } from 'node:crypto';
import type { Items } from './items.ts';
import type { NetworkAclEntry } from './kinds.ts';
import { allEntries } from './network-acl-entry.ts';
import { requireVpc } from './vpcs.ts';

export interface EnforcedNetworkAclEntry {
  number: number;
  action: 'allow' | 'deny';
  /** `-1` for all, or the number of one. */
  protocol: string;
  cidr: string;
  /** All when absent. */
  ports?: { from: number; to: number };
}

/** A network ACL as it is enforced: in each direction the first entry that matches decides; what none matches is denied. */
export interface EnforcedNetworkAcl {
  /** Changes with any part of it. */
  version: string;
  id: string;
  ingress: EnforcedNetworkAclEntry[];
  egress: EnforcedNetworkAclEntry[];
}

/** By its id or its tag `Name`, for whoever plays the part of the subnet's router. */
export function enforcedNetworkAcl(
  items: Items,
  region: string,
  which: string,
): EnforcedNetworkAcl | undefined {
  const isNamed = ({ key, value }: { key: string; value: string }) => key === 'Name' && value === which;
  const acl = items.list('networkacl', region).find(({ id, tags }) => id === which || tags.some(isNamed));
  if (acl === undefined) return undefined;
  const entries = allEntries(acl, requireVpc(items, region, acl.vpcId));
  const content = {
    id: acl.id,
    ingress: entries.filter(({ egress }) => !egress).map(enforced),
    egress: entries.filter(({ egress }) => egress).map(enforced),
  };
  return { version: createHash('sha256').update(JSON.stringify(content)).digest('hex'), ...content };
}

function enforced({ number, action, protocol, cidr, ports }: NetworkAclEntry): EnforcedNetworkAclEntry {
  return { number, action, protocol, cidr, ...(ports === undefined ? {} : { ports }) };
}
