import { overlaps, parse, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import { hasReserved } from '../../domain/reserved.ts';
import { setOf } from '../../domain/networks.ts';

/** Where a feed may be fetched from. */
export interface Reach {
  /** Whether a connection may go there. */
  allows(address: string, port: number): boolean;
}

/** Of the web. Anything else on a public host is no feed. */
const PORTS = [80, 443];

/** IPv6 that stands for IPv4: by how many bits to the right of it the IPv4 address begins. */
const EMBEDDINGS = [
  { set: setOf(['64:ff9b::/96']), shift: 0n }, // NAT64, RFC 6052
  { set: setOf(['2002::/16']), shift: 80n }, // 6to4, RFC 3056
];

/**
 * Only what is globally routable, on the ports of the web; and `allowed` networks, on any. A feed's
 * address is configuration, but where its name leads and where its server redirects to is not ours
 * to say: never to the instance metadata, or into the VPC.
 */
export function createReach(allowed: readonly string[]): Reach {
  const exceptions: RangeSet = setOf(allowed);
  return {
    allows(address, port) {
      const parsed = parse(address);
      if (!parsed.ok) return false;
      if (overlaps(exceptions, parsed.range)) return true;
      return PORTS.includes(port) && isPublic(parsed.range);
    },
  };
}

/** For one address. IPv4-mapped ones were read as IPv4 already. */
function isPublic(range: IpRange): boolean {
  for (const { set, shift } of EMBEDDINGS) {
    if (!overlaps(set, range)) continue;
    const embedded = (range.first >> shift) & 0xffff_ffffn;
    return !hasReserved({ family: 4, first: embedded, last: embedded });
  }
  return !hasReserved(range);
}
