import {
  CreateNetworkAclEntryCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  paginateDescribeNetworkInterfaces,
  ReplaceNetworkAclEntryCommand,
  type EC2Client,
  type NetworkAcl,
} from '@aws-sdk/client-ec2';
import type { Direction } from '../../domain/network-acl/slots.ts';
import { namedEc2 } from '../ec2/ec2-errors.ts';

export type AclApi = ReturnType<typeof createAclApi>;

interface Place {
  acl: string;
  number: number;
  direction: Direction;
}

/** Network ACLs in one region: errors named, and nothing more. */
export function createAclApi(ec2: EC2Client) {
  const entry = ({ acl, number, direction }: Place) => ({
    NetworkAclId: acl,
    RuleNumber: number,
    Egress: direction === 'egress',
  });
  const deny = (place: Place, network: string) => ({
    ...entry(place),
    RuleAction: 'deny' as const,
    Protocol: '-1',
    ...(network.includes(':') ? { Ipv6CidrBlock: network } : { CidrBlock: network }),
  });

  return {
    /** By id, or by Name tag. */
    async find(idOrName: string): Promise<NetworkAcl[]> {
      const isId = /^acl-[0-9a-f]+$/.test(idOrName);
      const input = isId
        ? { NetworkAclIds: [idOrName] }
        : { Filters: [{ Name: 'tag:Name', Values: [idOrName] }] };
      return namedEc2('DescribeNetworkAcls', async () => {
        const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand(input));
        return NetworkAcls;
      });
    },
    /** What load balancers have in subnets, by what they call it: `ELB app/web/0123456789abcdef`. */
    async loadBalancersIn(subnets: string[]): Promise<string[]> {
      const found: string[] = [];
      const Filters = [{ Name: 'subnet-id', Values: subnets }];
      for await (const page of paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters })) {
        for (const { Description = '', RequesterManaged } of page.NetworkInterfaces ?? []) {
          if (RequesterManaged === true && Description.startsWith('ELB ')) found.push(Description.slice(4));
        }
      }
      return found;
    },
    create: (place: Place, network: string) =>
      namedEc2('CreateNetworkAclEntry', () =>
        ec2.send(new CreateNetworkAclEntryCommand(deny(place, network))),
      ),
    replace: (place: Place, network: string) =>
      namedEc2('ReplaceNetworkAclEntry', () =>
        ec2.send(new ReplaceNetworkAclEntryCommand(deny(place, network))),
      ),
    remove: (place: Place) =>
      namedEc2('DeleteNetworkAclEntry', () => ec2.send(new DeleteNetworkAclEntryCommand(entry(place)))),
  };
}
