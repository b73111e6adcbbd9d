import type { XmlNode } from '../http/xml.ts';
import { contains, formatAddress, formatCidr, lastOf, overlaps, parseCidr, storedCidr } from './cidr.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, type Items } from './items.ts';
import type { Subnet } from './kinds.ts';
import { associateWithDefaultAcl } from './network-acl-defaults.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { tagSet } from './xml.ts';
import { requireVpc } from './vpcs.ts';

/** https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html: the first four and the last are AWS's. */
const RESERVED_AT_THE_START = 4;

const FILTERS: FilterValues<Subnet> = {
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  'cidr-block': ({ cidr }) => cidr,
  'availability-zone': ({ zone }) => zone,
};

export function createSubnet(items: Items, region: string, params: Params): XmlNode {
  const vpc = requireVpc(items, region, params.required('VpcId'));
  const text = params.required('CidrBlock');
  const cidr = parseCidr(text);
  if (cidr === undefined) throw ec2Error.invalid('cidrBlock', text, 'This is not a valid CIDR block.');
  const isInside = vpc.ipv4.some((one) => contains(storedCidr(one.cidr), cidr));
  if (!isInside || cidr.bits > 28) throw ec2Error.subnetRange(text);
  const others = items.list('subnet', region).filter(({ vpcId }) => vpcId === vpc.id);
  if (others.some((one) => overlaps(storedCidr(one.cidr), cidr))) throw ec2Error.subnetConflict(text);
  const zone = params.text('AvailabilityZone') ?? `${region}a`;
  if (!/[a-f]$/.test(zone) || zone.slice(0, -1) !== region)
    throw ec2Error.invalid('availabilityZone', zone, `Zones of this region are ${region}a to ${region}f.`);
  const subnet = items.create('subnet', region, {
    vpcId: vpc.id,
    cidr: formatCidr(cidr),
    zone,
    tags: params.tags('subnet'),
  });
  associateWithDefaultAcl(items, region, subnet);
  return { subnet: describe(subnet) };
}

export function describeSubnets(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('SubnetId');
  for (const id of ids) requireSubnet(items, region, id);
  const all = items.list('subnet', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { subnetSet: { item: page.map(describe) }, ...next };
}

export function requireSubnet(items: Items, region: string, id: string): Subnet {
  const subnet = items.find('subnet', region, id);
  if (subnet === undefined) throw ec2Error.absent('InvalidSubnetID.NotFound', `subnet ID '${id}'`);
  return subnet;
}

/** The lowest address that no interface in the subnet has. */
export function freePrivateIp(items: Items, region: string, subnet: Subnet): string {
  const taken = new Set(
    items
      .list('interface', region)
      .filter(({ subnetId }) => subnetId === subnet.id)
      .map(({ privateIp }) => privateIp),
  );
  const cidr = storedCidr(subnet.cidr);
  for (let value = cidr.base + RESERVED_AT_THE_START; value < lastOf(cidr); value += 1) {
    const ip = formatAddress(value);
    if (!taken.has(ip)) return ip;
  }
  throw ec2Error.subnetFull(subnet.id);
}

function describe({ id, vpcId, cidr, zone, tags }: Subnet): XmlNode {
  return {
    subnetId: id,
    vpcId,
    ownerId: ACCOUNT,
    state: 'available',
    cidrBlock: cidr,
    availabilityZone: zone,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    tagSet: tagSet(tags),
  };
}
