import type { NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';
import type { Slot } from '../../domain/network-acl/slots.ts';
import type { Version } from '../../domain/networks.ts';
import type { NetworkAclTarget } from '../../domain/target-file/network-acl.ts';
import { canonical } from '../canonical.ts';

/** A network ACL: what of it is ours, and what else there is. */
export interface AclPicture {
  id: string;
  subnets: string[];
  slots: ReadonlyMap<number, Slot>;
  others: readonly ForeignRule[];
}

export interface ForeignRule {
  number: number;
  isEgress: boolean;
  allows: boolean;
  network: string;
  /** Of all protocols and ports. */
  isWhole: boolean;
}

const ALL_PROTOCOLS = '-1';

/** Ours is what denies everything to a network by one of our numbers; whatever else has such a number is somebody else's. */
export function pictureOf(acl: NetworkAcl, { rules }: Pick<NetworkAclTarget, 'rules'>): AclPicture {
  const slots = new Map<number, Slot>();
  const others: ForeignRule[] = [];
  for (const entry of acl.Entries ?? []) {
    const rule = ruleOf(entry);
    const isOurs = rule.number >= rules.first && rule.number <= rules.last && !rule.allows && rule.isWhole;
    if (!isOurs) {
      others.push(rule);
      continue;
    }
    const slot = slots.get(rule.number) ?? { number: rule.number, ingress: undefined, egress: undefined };
    slots.set(rule.number, { ...slot, [rule.isEgress ? 'egress' : 'ingress']: rule.network });
  }
  return {
    id: acl.NetworkAclId ?? '',
    subnets: (acl.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    slots,
    others,
  };
}

function ruleOf(entry: NetworkAclEntry): ForeignRule {
  return {
    number: entry.RuleNumber ?? 0,
    isEgress: entry.Egress === true,
    allows: entry.RuleAction === 'allow',
    network: canonical(entry.CidrBlock ?? entry.Ipv6CidrBlock ?? ''),
    isWhole: entry.Protocol === ALL_PROTOCOLS,
  };
}

export function versionOf(network: string): Version {
  return network.includes(':') ? 'v6' : 'v4';
}

/** Rules of others in the direction that has more of them: both have to have room. */
export function othersOf(picture: AclPicture, version: Version): number {
  const of = (isEgress: boolean): number =>
    picture.others.filter((rule) => rule.isEgress === isEgress && versionOf(rule.network) === version).length;
  return Math.max(of(false), of(true));
}
