import type { Instance } from './instances/instance.ts';
import type { LaunchTemplate } from './launch-templates/launch-template.ts';
import type { Tag } from './params.ts';
import type { Snapshot, Volume } from './volumes/volume.ts';

export interface Item {
  id: string;
  tags: Tag[];
}

/** A CIDR block of a VPC. */
export interface Association {
  id: string;
  cidr: string;
}

export interface Vpc extends Item {
  /** The first is the one that the VPC was made with. */
  ipv4: Association[];
  ipv6: Association[];
}

export interface Subnet extends Item {
  vpcId: string;
  cidr: string;
  zone: string;
}

/** An Elastic IP address. */
export interface Address extends Item {
  publicIp: string;
  association?: { id: string; interfaceId: string; privateIp: string; instanceId?: string };
}

export interface NatGateway extends Item {
  vpcId: string;
  subnetId: string;
  connectivity: 'public' | 'private';
  /** ISO 8601. */
  created: string;
  /** Why it could not be made; then it is `failed`. */
  failure?: { code: string; message: string };
  allocationId?: string | undefined;
  publicIp?: string;
  associationId?: string;
  interfaceId?: string;
  privateIp?: string;
  clientToken?: string | undefined;
}

/** A network interface: of another service, or the primary one of an instance. */
export interface NetworkInterface extends Item {
  vpcId: string;
  subnetId: string;
  zone: string;
  /** `interface` is what load balancers of the application type have, too. */
  type: 'interface' | 'nat_gateway' | 'network_load_balancer';
  description: string;
  /** Who asked for it, such as `amazon-elb`. */
  requester: string;
  privateIp: string;
  mac: string;
  /** `ipOwner` is the account, or the service whose address it is. */
  association?: { publicIp: string; ipOwner: string; id?: string; allocationId?: string };
  /** Of an instance; `attached` in ms. */
  instance?: { id: string; attachmentId: string; attached: number; groups: string[] };
}

export interface NetworkAclEntry {
  /** 1 to 32766: the lowest that matches decides. */
  number: number;
  egress: boolean;
  action: 'allow' | 'deny';
  /** `-1` for all, or the number of one. */
  protocol: string;
  /** IPv4 or IPv6, without bits behind the prefix. */
  cidr: string;
  /** Of TCP and UDP. */
  ports?: { from: number; to: number };
  /** -1 stands for all. */
  icmp?: { type: number; code: number };
}

export interface NetworkAcl extends Item {
  vpcId: string;
  isDefault: boolean;
  /** Without the final denies, which nobody can change. */
  entries: NetworkAclEntry[];
  /** Every subnet is in one of one ACL of its VPC. */
  associations: { id: string; subnetId: string }[];
  clientToken?: string | undefined;
}

export interface SecurityGroup extends Item {
  vpcId: string;
  /** `default` for the one that the VPC was made with. */
  name: string;
  description: string;
}

/** Who may connect: a CIDR, the members of a prefix list, or those of a group. */
export interface Peer {
  type: 'ipv4' | 'ipv6' | 'prefix-list' | 'group';
  /** CIDR or id. */
  value: string;
}

export interface SecurityGroupRule extends Item {
  groupId: string;
  egress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, the number of another one, or `-1` for all. */
  protocol: string;
  /** Ports, or type and code of ICMP, where -1 stands for all; other protocols have none. */
  from?: number | undefined;
  to?: number | undefined;
  peer: Peer;
  description?: string | undefined;
}

export interface Kinds {
  vpc: Vpc;
  subnet: Subnet;
  networkacl: NetworkAcl;
  group: SecurityGroup;
  grouprule: SecurityGroupRule;
  address: Address;
  natgateway: NatGateway;
  interface: NetworkInterface;
  instance: Instance;
  launchtemplate: LaunchTemplate;
  volume: Volume;
  snapshot: Snapshot;
}
export type Kind = keyof Kinds;
