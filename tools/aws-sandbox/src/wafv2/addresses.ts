import { isIPv4, isIPv6 } from 'node:net';
import { wafError } from './error.ts';

export type Family = 'IPV4' | 'IPV6';

/** Fixed. https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const MAX_ADDRESSES = 10_000;

/** Checks the list of an IP set and gives it as WAF keeps it: IPv6 comes back written out in full. */
export function parseAddresses(addresses: unknown, family: Family): string[] {
  if (!Array.isArray(addresses)) throw wafError.invalid('IP_ADDRESS', addresses, 'The list is missing');
  if (addresses.length > MAX_ADDRESSES)
    throw wafError.limit(`${addresses.length} addresses in an IP set, at most 10000`);
  return [...new Set(addresses.map((one) => parseAddress(one, family)))];
}

function parseAddress(text: unknown, family: Family): string {
  const refuse = (reason: string) => wafError.invalid('IP_ADDRESS', text, reason);
  const [address = '', length = '', ...more] = String(text).split('/');
  const version = isIPv4(address) ? 'IPV4' : isIPv6(address) && !address.includes('%') ? 'IPV6' : undefined;
  if (version === undefined || more.length > 0 || !/^\d{1,3}$/.test(length)) {
    throw refuse('The parameter contains formatting that is not valid');
  }
  if (version !== family) throw refuse(`The address is not of the IP set's family ${family}`);
  const bits = Number(length);
  if (bits === 0) throw refuse('All CIDR ranges are supported except for /0');
  if (bits > (family === 'IPV4' ? 32 : 128)) throw refuse('The prefix is too long');
  const value = family === 'IPV4' ? valueOfV4(address) : valueOfV6(address);
  const hostBits = BigInt((family === 'IPV4' ? 32 : 128) - bits);
  if ((value >> hostBits) << hostBits !== value) throw refuse('The address has bits set behind its prefix');
  return `${family === 'IPV4' ? address : expanded(value)}/${bits}`;
}

export function valueOfV4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

export function valueOfV6(address: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const v4 = dotted === null ? undefined : valueOfV4(dotted[2] ?? '');
  const text =
    v4 === undefined ? address : `${dotted?.[1]}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const middle =
    tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...middle, ...after].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function expanded(value: bigint): string {
  return (value.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
}
