import { ec2Error } from './error.ts';
import type { SecurityGroupRule } from './kinds.ts';
import type { Params } from './params.ts';

/** EC2 gives these back by name, whichever they came by. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
const NAMES: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };
/** IANA assigns no higher one. */
const LAST_PROTOCOL = 255;

export function readProtocol(
  params: Params,
  prefix: string,
): Pick<SecurityGroupRule, 'protocol' | 'from' | 'to'> {
  const text = params.required(`${prefix}IpProtocol`).toLowerCase();
  const protocol = NAMES[text] ?? text;
  const isNumber = /^(0|[1-9]\d{0,2})$/.test(protocol) && Number(protocol) <= LAST_PROTOCOL;
  if (protocol !== '-1' && !isNumber && !Object.values(NAMES).includes(protocol))
    throw ec2Error.invalid('ipProtocol', text, 'Unrecognized IP protocol.');
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, ...readRange(params, prefix, 0, 65_535) };
  if (protocol.startsWith('icmp')) return { protocol, ...readRange(params, prefix, -1, 255) };
  // What is said of ports is ignored: it is for all of its traffic.
  return { protocol };
}

function readRange(params: Params, prefix: string, min: number, max: number) {
  const from = params.integer(`${prefix}FromPort`, min, max);
  const to = params.integer(`${prefix}ToPort`, min, max);
  if (from === undefined || to === undefined)
    throw ec2Error.invalid('portRange', `${from}-${to}`, 'Must specify both from and to ports.');
  if (min === 0 && from > to)
    throw ec2Error.invalid('portRange', `${from}-${to}`, 'It ends before it begins.');
  return { from, to };
}
