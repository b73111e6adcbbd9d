import { isIPv4 } from 'node:net';

/** An IPv4 network; `base` has no bits set behind the prefix. */
export interface Cidr {
  base: number;
  bits: number;
}

/** Undefined for what is none. Bits behind the prefix are cut off, as VPC does. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || more.length > 0)
    return undefined;
  const bits = Number(length);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { base: value - (value % sizeOf(bits)), bits };
}

/** Of a network that is stored: it has been checked. */
export function storedCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`${text} is no CIDR`);
  return cidr;
}

/** Addresses in a network of that prefix length. */
export const sizeOf = (bits: number): number => 2 ** (32 - bits);

export const lastOf = ({ base, bits }: Cidr): number => base + sizeOf(bits) - 1;

export const contains = (outer: Cidr, inner: Cidr): boolean =>
  outer.base <= inner.base && lastOf(inner) <= lastOf(outer);

export const overlaps = (a: Cidr, b: Cidr): boolean => a.base <= lastOf(b) && b.base <= lastOf(a);

export const formatCidr = ({ base, bits }: Cidr): string => `${formatAddress(base)}/${bits}`;

export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
