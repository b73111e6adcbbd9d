import { endianness } from 'node:os';
import { format, parse } from '@groundwork/ip-ranges';

/** https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/net/tcp_states.h */
const ESTABLISHED = '01';

/**
 * Who is connected to one of these local ports, by /proc/net/tcp or tcp6:
 * `0: 0100007F:0016 0200000A:C350 01 …` is local address, remote address, state.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
export function peersOf(table: string, ports: readonly number[], order = endianness()): string[] {
  const peers = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    if (state === ESTABLISHED && ports.includes(port))
      peers.add(addressOf(remote.split(':')[0] ?? '', order));
  }
  return [...peers];
}

/** Words of 32 bits, each as it is in memory. */
function addressOf(hex: string, order: 'LE' | 'BE'): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const four = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return order === 'LE' ? four.toReversed() : four;
  });
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const text = groups.join(':');
  // IPv4 by a socket of IPv6 is IPv4 to nftables, too.
  const parsed = parse(text);
  return parsed.ok ? format(parsed.range) : text;
}
