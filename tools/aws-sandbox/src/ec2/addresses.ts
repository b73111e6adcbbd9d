import type { XmlNode } from '../http/xml.ts';
import { formatAddress, storedCidr } from './cidr.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, type Items } from './items.ts';
import type { Address } from './kinds.ts';
import { filtered, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { tagSet } from './xml.ts';

/**
 * Five by default, adjustable; here as for an account that has asked for more.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
 */
const MAX_ADDRESSES = 250;
/** For benchmarks of networks (RFC 2544): nobody on the Internet has these. */
const ELASTIC_POOL = storedCidr('198.18.0.0/16');
/** Of load balancers: their addresses are not the account's. */
const SERVICE_POOL = storedCidr('198.19.0.0/16');

const FILTERS: FilterValues<Address> = {
  'allocation-id': ({ id }) => id,
  'public-ip': ({ publicIp }) => publicIp,
  'association-id': ({ association }) => association?.id,
  'network-interface-id': ({ association }) => association?.interfaceId,
  'instance-id': ({ association }) => association?.instanceId,
  'private-ip-address': ({ association }) => association?.privateIp,
};

export function allocateAddress(items: Items, region: string, params: Params): XmlNode {
  // EC2-Classic, whose addresses are `standard`, is retired.
  params.oneOf('Domain', ['vpc'], 'vpc');
  const all = items.list('address', region);
  if (all.length >= MAX_ADDRESSES)
    throw ec2Error.limit('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
  const address = items.create('address', region, {
    publicIp: free(ELASTIC_POOL.base, new Set(all.map(({ publicIp }) => publicIp))),
    tags: params.tags('elastic-ip'),
  });
  return {
    publicIp: address.publicIp,
    allocationId: address.id,
    domain: 'vpc',
    publicIpv4Pool: 'amazon',
    networkBorderGroup: region,
  };
}

export function releaseAddress(items: Items, region: string, params: Params): XmlNode {
  const address = requireAddress(items, region, params.required('AllocationId'));
  if (address.association !== undefined) throw ec2Error.addressInUse(address.publicIp);
  items.remove(address.id);
  return { return: true };
}

/** Not in pages: this is the one read of EC2 that has none. */
export function describeAddresses(items: Items, region: string, params: Params): XmlNode {
  const [ids, ips] = [params.list('AllocationId'), params.list('PublicIp')];
  for (const id of ids) requireAddress(items, region, id);
  const all = items.list('address', region);
  for (const ip of ips) {
    if (!all.some(({ publicIp }) => publicIp === ip))
      throw ec2Error.absent('InvalidAddress.NotFound', `address '${ip}'`);
  }
  const asked = all.filter(
    ({ id, publicIp }) =>
      (ids.length === 0 || ids.includes(id)) && (ips.length === 0 || ips.includes(publicIp)),
  );
  return { addressesSet: { item: filtered(asked, params, FILTERS).map((one) => describe(one, region)) } };
}

export function requireAddress(items: Items, region: string, id: string): Address {
  const address = items.find('address', region, id);
  if (address === undefined) throw ec2Error.absent('InvalidAllocationID.NotFound', `allocation ID '${id}'`);
  return address;
}

/** A public address that a service of AWS brings along. */
export function freeServiceAddress(items: Items, region: string): string {
  const taken = items.list('interface', region).map(({ association }) => association?.publicIp);
  return free(SERVICE_POOL.base, new Set(taken));
}

function free(base: number, taken: ReadonlySet<string | undefined>): string {
  for (let i = 1; ; i += 1) {
    const ip = formatAddress(base + i);
    if (!taken.has(ip)) return ip;
  }
}

function describe({ id, publicIp, association, tags }: Address, region: string): XmlNode {
  return {
    publicIp,
    allocationId: id,
    domain: 'vpc',
    publicIpv4Pool: 'amazon',
    networkBorderGroup: region,
    ...(association === undefined
      ? {}
      : {
          associationId: association.id,
          instanceId: association.instanceId,
          networkInterfaceId: association.interfaceId,
          networkInterfaceOwnerId: ACCOUNT,
          privateIpAddress: association.privateIp,
        }),
    tagSet: tagSet(tags),
  };
}
