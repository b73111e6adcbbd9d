import type { XmlNode } from '../http/xml.ts';
import { formatCidr, parseCidr } from './cidr.ts';
import { ec2Error } from './error.ts';
import { canonicalIpv6Cidr } from './ipv6.ts';
import type { NetworkAcl, NetworkAclEntry, Vpc } from './kinds.ts';
import type { Params } from './params.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html */
const HIGHEST_NUMBER = 32_766;
const [ICMP, TCP, UDP, ICMPV6] = ['1', '6', '17', '58'];
/** IANA assigns no higher one. */
const LAST_PROTOCOL = 255;

export const isIpv6 = ({ cidr }: NetworkAclEntry): boolean => cidr.includes(':');

/** Which entry of an ACL a call is about. */
export function readPlace(params: Params): Pick<NetworkAclEntry, 'number' | 'egress'> {
  params.required('RuleNumber');
  params.required('Egress');
  return { number: params.integer('RuleNumber', 1, HIGHEST_NUMBER) ?? 0, egress: params.flag('Egress') };
}

export function readEntry(params: Params): NetworkAclEntry {
  params.required('Protocol');
  // 006 is kept as 6.
  const protocol = String(params.integer('Protocol', -1, LAST_PROTOCOL));
  params.required('RuleAction');
  const cidr = readCidr(params);
  return {
    ...readPlace(params),
    action: params.oneOf('RuleAction', ['allow', 'deny'], 'deny'),
    protocol,
    cidr,
    ...readDetails(params, protocol, cidr.includes(':')),
  };
}

/** What the protocol has no use for is not kept: such a rule is for all of its traffic. */
function readDetails(
  params: Params,
  protocol: string,
  isForIpv6: boolean,
): Pick<NetworkAclEntry, 'ports' | 'icmp'> {
  if (protocol === TCP || protocol === UDP) {
    const from = params.integer('PortRange.From', 0, 65_535);
    const to = params.integer('PortRange.To', 0, 65_535);
    if (from === undefined || to === undefined) throw ec2Error.missing('portRange');
    if (from > to) throw ec2Error.invalid('portRange', `${from}-${to}`, 'It ends before it begins.');
    return { ports: { from, to } };
  }
  if (protocol === ICMP || (protocol === ICMPV6 && isForIpv6)) {
    const type = params.integer('Icmp.Type', -1, 255);
    const code = params.integer('Icmp.Code', -1, 255);
    if (type === undefined || code === undefined) throw ec2Error.missing('icmpTypeCode');
    return { icmp: { type, code } };
  }
  return {};
}

function readCidr(params: Params): string {
  const [ipv4, ipv6] = [params.text('CidrBlock'), params.text('Ipv6CidrBlock')];
  if (ipv4 !== undefined && ipv6 !== undefined)
    throw ec2Error.notCombined('Exactly one of CidrBlock and Ipv6CidrBlock is needed');
  if (ipv6 !== undefined) {
    const cidr = canonicalIpv6Cidr(ipv6);
    if (cidr === undefined) throw ec2Error.invalid('ipv6CidrBlock', ipv6, 'This is not a valid CIDR block.');
    return cidr;
  }
  if (ipv4 === undefined) throw ec2Error.missing('cidrBlock');
  const cidr = parseCidr(ipv4);
  if (cidr === undefined) throw ec2Error.invalid('cidrBlock', ipv4, 'This is not a valid CIDR block.');
  return formatCidr(cidr);
}

/** All entries of an ACL, outbound ones first, each direction in the order in which AWS looks at them. */
export function allEntries({ entries }: NetworkAcl, vpc: Vpc): NetworkAclEntry[] {
  return [...entries, ...finalDenies(vpc, true), ...finalDenies(vpc, false)].toSorted(
    (a, b) => Number(b.egress) - Number(a.egress) || a.number - b.number,
  );
}

/**
 * What no other entry matches. Their numbers:
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
 */
function finalDenies({ ipv6 }: Vpc, egress: boolean): NetworkAclEntry[] {
  const deny = { egress, action: 'deny', protocol: '-1' } as const;
  return [
    { ...deny, number: 32_767, cidr: '0.0.0.0/0' },
    ...(ipv6.length === 0 ? [] : [{ ...deny, number: 32_768, cidr: '::/0' }]),
  ];
}

export function describeEntry(entry: NetworkAclEntry): XmlNode {
  const { number, egress, action, protocol, cidr, ports, icmp } = entry;
  return {
    ruleNumber: number,
    protocol,
    ruleAction: action,
    egress,
    ...(isIpv6(entry) ? { ipv6CidrBlock: cidr } : { cidrBlock: cidr }),
    portRange: ports,
    icmpTypeCode: icmp,
  };
}
