import { isIPv6 } from 'node:net';

const GROUPS = 8;
const GROUP_BITS = 16;

/** An IPv6 CIDR as EC2 keeps it, without bits behind the prefix and as short as RFC 5952 has it; undefined for what is none. */
export function canonicalIpv6Cidr(text: string): string | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const isAddress = isIPv6(address) && !address.includes('%');
  if (!isAddress || !/^\d{1,3}$/.test(length) || Number(length) > 128 || more.length > 0) return undefined;
  const bits = Number(length);
  const masked = groupsOf(address).map((group, i) => {
    const kept = Math.min(Math.max(bits - i * GROUP_BITS, 0), GROUP_BITS);
    return group & (0xffff << (GROUP_BITS - kept)) & 0xffff;
  });
  return `${shortest(masked.map((group) => group.toString(16)).join(':'))}/${bits}`;
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = shortest(address).split('::');
  const read = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [read(head), read(tail ?? '')];
  return [...before, ...Array.from({ length: GROUPS - before.length - after.length }, () => 0), ...after];
}

/** The URL standard writes addresses so, dotted quads resolved. */
const shortest = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
