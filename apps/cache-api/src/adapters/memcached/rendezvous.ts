import { createHash } from 'node:crypto';

/**
 * The server with the highest digest of server and key (Thaler and Ravishankar, "Using name-based mappings
 * to increase hit rates", 1998): when one goes, only its keys move.
 */
export function pick<S extends { name: string }>(servers: readonly S[], key: string): S {
  let best: { server: S; weight: bigint } | undefined;
  for (const server of servers) {
    if (servers.length === 1) return server;
    const digest = createHash('sha1').update(server.name).update('\n').update(key).digest();
    const weight = digest.readBigUInt64BE();
    if (best === undefined || weight > best.weight) best = { server, weight };
  }
  if (best === undefined) throw new Error('there is no server');
  return best.server;
}
