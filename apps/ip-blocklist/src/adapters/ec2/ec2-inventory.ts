import {
  DescribeAddressesCommand,
  paginateDescribeManagedPrefixLists,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeVpcs,
  paginateGetManagedPrefixListEntries,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { format, parse } from '@groundwork/ip-ranges';
import type { ProtectedRange } from '../../domain/protected-ranges.ts';
import type { Inventory } from '../../ports/inventory.ts';

/** The most that EC2 gives at once, and the most of prefix lists. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ */
const PAGE = 1_000;
const PREFIX_LIST_PAGE = 100;

/**
 * Whose calls have to arrive, by the lists that AWS keeps of their addresses. A region that lacks one has
 * nothing to protect by it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
const CALLERS: readonly (readonly [RegExp, string])[] = [
  [/\.cloudfront\.origin-facing$/, 'CloudFront origin-facing'],
  [/\.route53-healthchecks$/, 'Route 53 health checks'],
];

/** An address or CIDR, and what a person would call it. */
interface Named {
  name: string;
  address: string | undefined;
}

interface Reading {
  client: EC2Client;
  pageSize: number;
  options: { abortSignal: AbortSignal };
}

/** Of one region and account. Smaller pages only cost more calls. */
export function createEc2Inventory(client: EC2Client, { pageSize = PAGE } = {}): Inventory {
  return {
    async read(signal) {
      const over = new AbortController();
      const abortSignal = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
      const reading: Reading = { client, pageSize, options: { abortSignal } };
      try {
        const [gateways, interfaces, elasticIps, networks, callers] = await Promise.all([
          part('NAT gateways', readNatGateways(reading)),
          part('network interfaces', readInterfaces(reading)),
          part('Elastic IPs', readElasticIps(reading)),
          part('VPCs', readVpcs(reading)),
          part('prefix lists of AWS', readCallers(reading)),
        ]);
        // Of the names of one address the first is kept: what it is for tells more than what it is.
        const { loadBalancers, others } = interfaces;
        return once([...gateways, ...loadBalancers, ...elasticIps, ...others, ...networks, ...callers]);
      } finally {
        // When one part has failed, the others are of no use any more.
        over.abort();
      }
    },
  };
}

async function readNatGateways({ client, pageSize, options }: Reading): Promise<Named[]> {
  const found: Named[] = [];
  for await (const page of paginateDescribeNatGateways({ client, pageSize }, {}, options)) {
    for (const { NatGatewayId, State, NatGatewayAddresses = [] } of page.NatGateways ?? []) {
      // They are listed for an hour longer, with an address that may be somebody else's by then.
      if (State === 'failed' || State === 'deleted') continue;
      for (const { PublicIp } of NatGatewayAddresses)
        found.push({ name: `NAT gateway ${NatGatewayId} (${PublicIp})`, address: PublicIp });
    }
  }
  return found;
}

/** Public addresses of all interfaces. IPv6 ones, and private ones, are of the ranges of a VPC. */
async function readInterfaces({ client, pageSize, options }: Reading) {
  const [loadBalancers, others]: [Named[], Named[]] = [[], []];
  for await (const page of paginateDescribeNetworkInterfaces({ client, pageSize }, {}, options)) {
    for (const one of page.NetworkInterfaces ?? []) {
      const addresses = [one, ...(one.PrivateIpAddresses ?? [])].map(
        ({ Association }) => Association?.PublicIp,
      );
      // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
      const loadBalancer = one.RequesterManaged === true && /^ELB (.+)$/.exec(one.Description ?? '')?.[1];
      for (const address of addresses) {
        if (loadBalancer) loadBalancers.push({ name: `load balancer ${loadBalancer} (${address})`, address });
        else others.push({ name: `network interface ${one.NetworkInterfaceId} (${address})`, address });
      }
    }
  }
  return { loadBalancers, others };
}

/** All at once: EC2 has no pages of them. */
async function readElasticIps({ client, options }: Reading): Promise<Named[]> {
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}), options);
  return Addresses.map(({ PublicIp, AllocationId }) => ({
    name: `Elastic IP ${PublicIp} (${AllocationId})`,
    address: PublicIp,
  }));
}

async function readVpcs({ client, pageSize, options }: Reading): Promise<Named[]> {
  const found: Named[] = [];
  for await (const page of paginateDescribeVpcs({ client, pageSize }, {}, options)) {
    for (const { VpcId, CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] } of page.Vpcs ?? []) {
      const cidrs = [
        ...CidrBlockAssociationSet.map((one) => [one.CidrBlock, one.CidrBlockState?.State]),
        ...Ipv6CidrBlockAssociationSet.map((one) => [one.Ipv6CidrBlock, one.Ipv6CidrBlockState?.State]),
      ];
      for (const [cidr, state] of cidrs) {
        if (state === 'disassociated' || state === 'failed') continue;
        found.push({ name: `VPC ${VpcId} (${cidr})`, address: cidr });
      }
    }
  }
  return found;
}

async function readCallers(reading: Reading): Promise<Named[]> {
  const { client, options } = reading;
  const config = { client, pageSize: Math.min(reading.pageSize, PREFIX_LIST_PAGE) };
  // Anybody may give a list of his own such a name: only those of AWS count.
  const Filters = [{ Name: 'owner-id', Values: ['AWS'] }];
  const found: Named[] = [];
  for await (const page of paginateDescribeManagedPrefixLists(config, { Filters }, options)) {
    for (const { PrefixListId, PrefixListName = '' } of page.PrefixLists ?? []) {
      const caller = CALLERS.find(([pattern]) => pattern.test(PrefixListName))?.[1];
      if (caller === undefined) continue;
      const name = `${caller} (${PrefixListId})`;
      for await (const { Entries = [] } of paginateGetManagedPrefixListEntries(
        config,
        { PrefixListId },
        options,
      ))
        found.push(...Entries.map(({ Cidr }) => ({ name, address: Cidr })));
    }
  }
  return found;
}

/** Says which part it was, for it may be one permission that is missing. */
function part<T>(what: string, reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    const { name, message } = error as Error;
    throw new Error(`The ${what} of the account cannot be read: ${name}: ${message}`, { cause: error });
  });
}

function once(all: readonly Named[]): ProtectedRange[] {
  const ranges = new Map<string, ProtectedRange>();
  for (const { name, address } of all) {
    // A private NAT gateway, an interface that nobody outside can reach.
    if (address === undefined) continue;
    const parsed = parse(address);
    if (!parsed.ok) throw new Error(`${name} has an address that cannot be read: ${parsed.problem.message}`);
    const key = format(parsed.range);
    if (!ranges.has(key)) ranges.set(key, { name, range: parsed.range });
  }
  return [...ranges.values()];
}
