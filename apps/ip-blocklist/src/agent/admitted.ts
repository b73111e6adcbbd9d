import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { parse } from '@groundwork/ip-ranges';
import { parseProtectedRange, type ProtectedRange } from '../domain/protected-ranges.ts';
import { peersOf } from './peers.ts';

export interface AdmittedOptions {
  always: readonly string[];
  sshPorts: readonly number[];
  /** `203.0.113.9 50000 192.0.2.1 22`: who has started the agent by hand. */
  sshConnection: string | undefined;
  serviceUrl: string;
}

const LOOPBACK = ['loopback=127.0.0.0/8', 'loopback=::1'].map(parseProtectedRange);
/** The addresses of the service are asked for this often, in ms. */
const RESOLVE_EVERY_MS = 30_000;

/** Gives whom this host must not lock out now: whoever could not get in to put it right, and the service. */
export function createAdmitted(options: AdmittedOptions): () => Promise<ProtectedRange[]> {
  const { hostname } = new URL(options.serviceUrl);
  const [starter] = (options.sshConnection ?? '').split(' ');
  const fixed = [
    ...LOOPBACK,
    ...options.always.map(parseProtectedRange),
    ...named('who has started the agent', [starter ?? '']),
  ];
  let service: ProtectedRange[] = [];
  let resolvedAt = Number.NEGATIVE_INFINITY;

  async function resolve(): Promise<void> {
    if (performance.now() - resolvedAt < RESOLVE_EVERY_MS) return;
    // Names that cannot be resolved just now keep their addresses.
    const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => undefined);
    if (found === undefined) return;
    const addresses = found.map(({ address }) => address).toSorted();
    service = named('the service', addresses);
    resolvedAt = performance.now();
  }

  return async () => {
    await resolve();
    const tables = await Promise.all(
      ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
    );
    const peers = tables.flatMap((table) => peersOf(table, options.sshPorts)).toSorted();
    return [...fixed, ...service, ...named('connected by SSH', peers)];
  };
}

/** What is not an address (with a zone, say) is left out. */
function named(name: string, addresses: readonly string[]): ProtectedRange[] {
  return addresses.filter((one) => parse(one).ok).map((one) => parseProtectedRange(`${name}=${one}`));
}
