import {
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  type EC2Client,
  type NetworkAcl,
} from '@aws-sdk/client-ec2';
import { emptySet, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../../../src/domain/networks.ts';

export type AclAccount = ReturnType<typeof createAclAccount>;

export interface RuleSaid {
  number: number;
  action: 'allow' | 'deny';
  network: string;
  isEgress: boolean;
  /** Of TCP; without it everything. */
  port?: number;
}

const BOTH = [false, true];
export const EVERYTHING = ['0.0.0.0/0', '::/0'];

/** Network ACLs as somebody uses them who does not know of the service. */
export function createAclAccount(ec2: EC2Client) {
  const entryOf = (NetworkAclId: string, { number, action, network, isEgress, port }: RuleSaid) => ({
    NetworkAclId,
    RuleNumber: number,
    RuleAction: action,
    Egress: isEgress,
    Protocol: port === undefined ? '-1' : '6',
    ...(port === undefined ? {} : { PortRange: { From: port, To: port } }),
    ...(network.includes(':') ? { Ipv6CidrBlock: network } : { CidrBlock: network }),
  });
  const all = async () => (await ec2.send(new DescribeNetworkAclsCommand({}))).NetworkAcls ?? [];

  return {
    all,
    get: async (id: string): Promise<NetworkAcl> => {
      const found = (await all()).find(({ NetworkAclId }) => NetworkAclId === id);
      if (found === undefined) throw new Error(`there is no ${id}`);
      return found;
    },
    add: async (id: string, rule: RuleSaid) => {
      await ec2.send(new CreateNetworkAclEntryCommand(entryOf(id, rule)));
    },
    replace: async (id: string, rule: RuleSaid) => {
      await ec2.send(new ReplaceNetworkAclEntryCommand(entryOf(id, rule)));
    },
    remove: async (NetworkAclId: string, RuleNumber: number, Egress: boolean) => {
      await ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber, Egress }));
    },
    /** A subnet with an ACL of its own that lets everything pass, beside the VPC's default one. */
    async make(): Promise<{ acl: string; subnet: string; standard: string }> {
      const { Vpc } = await ec2.send(
        new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }),
      );
      const VpcId = Vpc?.VpcId ?? '';
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }));
      const subnet = Subnet?.SubnetId ?? '';
      const { NetworkAcl: made } = await ec2.send(
        new CreateNetworkAclCommand({
          VpcId,
          TagSpecifications: [{ ResourceType: 'network-acl', Tags: [{ Key: 'Name', Value: 'guard' }] }],
        }),
      );
      const acl = made?.NetworkAclId ?? '';
      for (const isEgress of BOTH) {
        for (const [i, network] of EVERYTHING.entries()) {
          await this.add(acl, { number: 100 + i, action: 'allow', network, isEgress });
        }
      }
      const standard = await this.associate(subnet, acl);
      return { acl, subnet, standard };
    },
    /** Returns the one that it had before. */
    async associate(subnet: string, NetworkAclId: string): Promise<string> {
      const acls = await all();
      for (const { Associations = [], NetworkAclId: before = '' } of acls) {
        const found = Associations.find(({ SubnetId }) => SubnetId === subnet);
        if (found === undefined) continue;
        const AssociationId = found.NetworkAclAssociationId;
        await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
        return before;
      }
      throw new Error(`${subnet} has no network ACL`);
    },
    /** What cannot talk HTTPS with a subnet: turned away coming in, or never answered. */
    async turnedAway(subnet: string): Promise<RangeSet> {
      const acl = (await all()).find(({ Associations = [] }) =>
        Associations.some(({ SubnetId }) => SubnetId === subnet),
      );
      return union(deniedBy(acl, false, 443), deniedBy(acl, true, 50_000));
    },
  };
}

/** What a TCP packet from or to is denied: by number, the first that matches decides. The last rules are not ours to speak of. */
function deniedBy(acl: NetworkAcl | undefined, isEgress: boolean, port: number): RangeSet {
  const entries = (acl?.Entries ?? [])
    .filter(({ Egress, RuleNumber = 0 }) => Egress === isEgress && RuleNumber < 32_767)
    .filter(({ Protocol, PortRange }) => {
      if (Protocol === '-1') return true;
      return Protocol === '6' && (PortRange?.From ?? 0) <= port && port <= (PortRange?.To ?? 65_535);
    })
    .toSorted((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0));
  let [denied, decided] = [emptySet, emptySet];
  for (const { RuleAction, CidrBlock, Ipv6CidrBlock } of entries) {
    const network = setOf([CidrBlock ?? Ipv6CidrBlock ?? '']);
    if (RuleAction === 'deny') denied = union(denied, subtract(network, decided));
    decided = union(decided, network);
  }
  return denied;
}
