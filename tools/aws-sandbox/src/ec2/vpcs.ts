import type { XmlNode } from '../http/xml.ts';
import { formatCidr, overlaps, parseCidr, storedCidr } from './cidr.ts';
import { ec2Error } from './error.ts';
import { ACCOUNT, newId, type Items } from './items.ts';
import type { Association, Vpc } from './kinds.ts';
import { allowIpv6InDefaultAcl, createDefaultAcl } from './network-acl-defaults.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from './pages.ts';
import type { Params } from './params.ts';
import { allowIpv6FromGroups, createDefaultGroup } from './security-group-defaults.ts';
import { tagSet } from './xml.ts';

/** https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const [SHORTEST, LONGEST] = [16, 28];
/** Five by default, adjustable up to this. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const MAX_VPCS = 100;
/** IPv4 and IPv6 each; adjustable. Same page. */
const MAX_CIDRS = 5;

const FILTERS: FilterValues<Vpc> = {
  'vpc-id': ({ id }) => id,
  cidr: ({ ipv4 }) => ipv4[0]?.cidr,
  'cidr-block-association.cidr-block': ({ ipv4 }) => ipv4.map(({ cidr }) => cidr),
  'ipv6-cidr-block-association.ipv6-cidr-block': ({ ipv6 }) => ipv6.map(({ cidr }) => cidr),
};

export function createVpc(items: Items, region: string, params: Params): XmlNode {
  const cidr = readCidr(params.required('CidrBlock'));
  const vpcs = items.list('vpc', region);
  if (vpcs.length >= MAX_VPCS)
    throw ec2Error.limit('VpcLimitExceeded', 'The maximum number of VPCs has been reached.');
  const vpc = items.create('vpc', region, {
    ipv4: [associated(cidr)],
    ipv6: params.flag('AmazonProvidedIpv6CidrBlock') ? [associated(freeIpv6(vpcs))] : [],
    tags: params.tags('vpc'),
  });
  createDefaultAcl(items, region, vpc);
  createDefaultGroup(items, region, vpc);
  return { vpc: describe(vpc, region) };
}

export function associateVpcCidrBlock(items: Items, region: string, params: Params): XmlNode {
  const vpc = requireVpc(items, region, params.required('VpcId'));
  const text = params.text('CidrBlock');
  const wantsIpv6 = params.flag('AmazonProvidedIpv6CidrBlock');
  if ((text === undefined) !== wantsIpv6)
    throw ec2Error.notCombined('Exactly one of CidrBlock and AmazonProvidedIpv6CidrBlock is needed');
  const list = wantsIpv6 ? vpc.ipv6 : vpc.ipv4;
  if (list.length >= MAX_CIDRS) {
    throw ec2Error.limit(
      'CidrLimitExceeded',
      `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${MAX_CIDRS}`,
    );
  }
  const cidr = text === undefined ? freeIpv6(items.list('vpc', region)) : readCidr(text);
  if (text !== undefined && vpc.ipv4.some((one) => overlaps(storedCidr(one.cidr), storedCidr(cidr))))
    throw ec2Error.vpcRange(`The CIDR '${cidr}' overlaps one that the VPC has.`);
  const association = associated(cidr);
  list.push(association);
  items.replace(vpc);
  if (wantsIpv6) {
    allowIpv6InDefaultAcl(items, region, vpc);
    allowIpv6FromGroups(items, region, vpc);
  }
  return {
    vpcId: vpc.id,
    ...(wantsIpv6
      ? { ipv6CidrBlockAssociation: describeIpv6(association, region) }
      : { cidrBlockAssociation: describeIpv4(association) }),
  };
}

export function describeVpcs(items: Items, region: string, params: Params): XmlNode {
  const ids = params.list('VpcId');
  for (const id of ids) requireVpc(items, region, id);
  const all = items.list('vpc', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  return { vpcSet: { item: page.map((vpc) => describe(vpc, region)) }, ...next };
}

export function requireVpc(items: Items, region: string, id: string): Vpc {
  const vpc = items.find('vpc', region, id);
  if (vpc === undefined) throw ec2Error.absent('InvalidVpcID.NotFound', `vpc ID '${id}'`);
  return vpc;
}

function readCidr(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw ec2Error.invalid('cidrBlock', text, 'This is not a valid CIDR block.');
  if (cidr.bits < SHORTEST || cidr.bits > LONGEST) throw ec2Error.vpcRange(`The CIDR '${text}' is invalid.`);
  return formatCidr(cidr);
}

const associated = (cidr: string): Association => ({ id: newId('vpc-cidr-assoc'), cidr });

/** The next /56, as Amazon provides them; of 3fff::/20, which RFC 9637 reserves for documentation. */
function freeIpv6(vpcs: readonly Vpc[]): string {
  const taken = new Set(vpcs.flatMap(({ ipv6 }) => ipv6.map(({ cidr }) => cidr)));
  for (let i = 1; ; i += 1) {
    const cidr = `3fff:0:${(i >> 8).toString(16)}:${((i & 255) << 8).toString(16)}::/56`;
    if (!taken.has(cidr)) return cidr;
  }
}

function describe(vpc: Vpc, region: string): XmlNode {
  return {
    vpcId: vpc.id,
    ownerId: ACCOUNT,
    state: 'available',
    cidrBlock: vpc.ipv4[0]?.cidr,
    cidrBlockAssociationSet: { item: vpc.ipv4.map(describeIpv4) },
    ipv6CidrBlockAssociationSet: { item: vpc.ipv6.map((one) => describeIpv6(one, region)) },
    dhcpOptionsId: 'default',
    instanceTenancy: 'default',
    isDefault: false,
    tagSet: tagSet(vpc.tags),
  };
}

function describeIpv4({ id, cidr }: Association): XmlNode {
  return { associationId: id, cidrBlock: cidr, cidrBlockState: { state: 'associated' } };
}

function describeIpv6({ id, cidr }: Association, region: string): XmlNode {
  return {
    associationId: id,
    ipv6CidrBlock: cidr,
    ipv6CidrBlockState: { state: 'associated' },
    networkBorderGroup: region,
    ipv6Pool: 'Amazon',
  };
}
