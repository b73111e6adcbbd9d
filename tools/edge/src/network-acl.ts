import { BlockList, isIPv6 } from 'node:net';
import type { EnforcedNetworkAcl, EnforcedNetworkAclEntry } from '@groundwork/aws-sandbox';

export interface Denial {
  direction: 'ingress' | 'egress';
  /** Number of the entry that denies; `*` is the one at the end of every ACL. */
  entry: number | '*';
}

const ALL_PROTOCOLS = '-1';
const TCP = '6';
/** Where clients ask … */
const HTTPS_PORT = 443;
/** … and where the answer goes: some port of the client's. https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports */
const EPHEMERAL_PORT = 50_000;

/**
 * Turns a network ACL into a function of the client's address, which gives what denies it. It is
 * stateless: the request has to get in and the answer out. In each direction the first entry that
 * matches decides. https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
 */
export function compileNetworkAcl(acl: EnforcedNetworkAcl): (address: string) => Denial | undefined {
  const ingress = compileEntries(acl.ingress, HTTPS_PORT);
  const egress = compileEntries(acl.egress, EPHEMERAL_PORT);
  return (address) => {
    const into = ingress(address);
    if (into !== undefined) return { direction: 'ingress', entry: into };
    const out = egress(address);
    return out === undefined ? undefined : { direction: 'egress', entry: out };
  };
}

/** Gives the number of the entry that denies, or undefined. */
function compileEntries(
  entries: readonly EnforcedNetworkAclEntry[],
  port: number,
): (address: string) => Denial['entry'] | undefined {
  const relevant = entries
    .filter(({ protocol }) => protocol === ALL_PROTOCOLS || protocol === TCP)
    .filter(({ ports }) => ports === undefined || (ports.from <= port && port <= ports.to))
    .toSorted((a, b) => a.number - b.number)
    .map((entry) => ({ ...entry, covers: compileCidr(entry.cidr) }));
  return (address) => {
    const first = relevant.find(({ covers }) => covers(address));
    if (first === undefined) return '*';
    return first.action === 'deny' ? first.number : undefined;
  };
}

function compileCidr(cidr: string): (address: string) => boolean {
  const [network = '', bits = ''] = cidr.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return (address) => isIPv6(address) === (family === 'ipv6') && list.check(address, family);
}
