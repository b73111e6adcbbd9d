import { contains, overlaps, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from './networks.ts';

/**
 * Addresses that no client on the Internet has: the special-purpose registries of RFC 6890, as of
 * https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry,
 * multicast (RFC 5771) and what is reserved (RFC 1112).
 */
const IPV4 = [
  '0.0.0.0/8', // "this network", RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by carriers (CGNAT), RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927; 169.254.169.254 is AWS's instance metadata
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relays, withdrawn by RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112; with the broadcast address, RFC 8190
];

/** Only 2000::/3 is given out as global unicast: https://www.iana.org/assignments/ipv6-address-space */
const IPV6 = [
  '::/3', // unspecified, loopback, IPv4-compatible, NAT64, discard-only, RFC 4291
  '4000::/2', // reserved, SRv6, RFC 4291
  '8000::/1', // unique local, link-local, multicast, RFC 4193 and RFC 4291
  '2001::/23', // protocol assignments with Teredo, benchmarking and ORCHID, RFC 2928
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
];

const RESERVED: RangeSet = setOf([...IPV4, ...IPV6]);

export const isReserved = (range: IpRange): boolean => contains(RESERVED, range);
export const hasReserved = (range: IpRange): boolean => overlaps(RESERVED, range);
