import { notImplemented } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { formatCidr, parseCidr } from './cidr.ts';
import { ec2Error } from './error.ts';
import { canonicalIpv6Cidr } from './ipv6.ts';
import { ACCOUNT } from './items.ts';
import type { Peer, SecurityGroupRule } from './kinds.ts';
import type { Params } from './params.ts';
import { readProtocol } from './rule-protocol.ts';

export type Permission = Pick<SecurityGroupRule, 'protocol' | 'from' | 'to' | 'peer' | 'description'>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html */
const DESCRIPTION = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** One for each peer. The short form, for a single IPv4 range, has the members in the call itself. */
export function readPermissions(params: Params): Permission[] {
  const cidr = params.text('CidrIp');
  if (cidr !== undefined)
    return [{ ...readProtocol(params, ''), peer: { type: 'ipv4', value: readIpv4(cidr) } }];
  return params.structures('IpPermissions', (prefix) => readPermission(params, prefix)).flat();
}

function readPermission(params: Params, prefix: string): Permission[] {
  const protocol = readProtocol(params, prefix);
  const peers = (list: string, read: (at: string) => Peer) =>
    params.structures(`${prefix}${list}`, (at) => ({
      ...protocol,
      peer: read(at),
      description: readDescription(params, `${at}Description`),
    }));
  const all = [
    ...peers('IpRanges', (at) => ({ type: 'ipv4', value: readIpv4(params.required(`${at}CidrIp`)) })),
    ...peers('Ipv6Ranges', (at) => ({ type: 'ipv6', value: readIpv6(params.required(`${at}CidrIpv6`)) })),
    ...peers('PrefixListIds', (at) => ({ type: 'prefix-list', value: params.required(`${at}PrefixListId`) })),
    ...peers('Groups', (at) => ({ type: 'group', value: readGroupId(params, at) })),
  ];
  if (all.length === 0) throw ec2Error.missing(`${prefix}IpRanges`);
  return all;
}

function readGroupId(params: Params, at: string): string {
  for (const other of ['GroupName', 'VpcId', 'VpcPeeringConnectionId', 'PeeringStatus'])
    if (params.text(`${at}${other}`) !== undefined)
      throw notImplemented(`ec2:${params.action} with ${other}`);
  if ((params.text(`${at}UserId`) ?? ACCOUNT) !== ACCOUNT)
    throw notImplemented(`ec2:${params.action} with a group of another account`);
  return params.required(`${at}GroupId`);
}

function readDescription(params: Params, name: string): string | undefined {
  const text = params.text(name);
  if (text !== undefined && !DESCRIPTION.test(text))
    throw ec2Error.invalid(name, text, 'Expecting up to 255 of a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*');
  return text;
}

function readIpv4(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw malformed(text);
  return formatCidr(cidr);
}

function readIpv6(text: string): string {
  const cidr = canonicalIpv6Cidr(text);
  if (cidr === undefined) throw malformed(text);
  return cidr;
}

const malformed = (text: string) => ec2Error.invalid('cidr', text, `CIDR block ${text} is malformed.`);

/** Rules of one protocol and range of ports are one permission. */
export function describePermissions(rules: readonly SecurityGroupRule[]): XmlNode {
  const alike = Map.groupBy(rules, ({ protocol, from, to }) => JSON.stringify([protocol, from, to]));
  return { item: [...alike.values()].map(describePermission) };
}

function describePermission(rules: readonly SecurityGroupRule[]): XmlNode {
  const peers = (type: Peer['type'], describe: (value: string) => XmlNode): XmlNode => ({
    item: rules
      .filter(({ peer }) => peer.type === type)
      .map(({ peer, description }) => ({ ...describe(peer.value), description })),
  });
  return {
    ipProtocol: rules[0]?.protocol,
    fromPort: rules[0]?.from,
    toPort: rules[0]?.to,
    groups: peers('group', (groupId) => ({ userId: ACCOUNT, groupId })),
    ipRanges: peers('ipv4', (cidrIp) => ({ cidrIp })),
    ipv6Ranges: peers('ipv6', (cidrIpv6) => ({ cidrIpv6 })),
    prefixListIds: peers('prefix-list', (prefixListId) => ({ prefixListId })),
  };
}
