import { isIPv4, isIPv6 } from 'node:net';
import { Peer, type IPeer } from 'aws-cdk-lib/aws-ec2';

/** Wider than that are networks of nobody in particular: half of the Internet is two lines, too. */
const WIDEST = { ipv4: 8, ipv6: 32 };

/** Whom port 22 is opened for. Throws for everybody, and for nobody. */
export function peersOf(cidrs: readonly string[]): IPeer[] {
  if (cidrs.length === 0) {
    throw new Error(
      'cidrs: say which networks may try to get in by SSH, or take mode ssm, which opens no port',
    );
  }
  return cidrs.map((cidr) => {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    if (family === undefined || Number(bits) > (family === 'ipv4' ? 32 : 128)) {
      throw new Error(`cidrs: ${cidr} is no network: write it as 203.0.113.0/24 or 2001:db8::/48`);
    }
    if (Number(bits) < WIDEST[family]) {
      throw new Error(
        `cidrs: ${cidr} is everybody, or nearly: SSH is tried by all of the Internet within minutes. Take your own networks (at most a /${WIDEST[family]}), or mode ssm, which opens no port`,
      );
    }
    return family === 'ipv4' ? Peer.ipv4(cidr) : Peer.ipv6(cidr);
  });
}
