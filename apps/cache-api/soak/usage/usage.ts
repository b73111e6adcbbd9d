import { readdirSync, readFileSync } from 'node:fs';
import { say } from '../../test/support/servers.ts';
import type { Instance } from '../processes/instance.ts';
import type { World } from '../processes/world.ts';

/** By name, what is held while nobody asks for anything. */
export type Usage = Map<string, number>;

const RESOURCES = ['Timeout', 'Immediate', 'TCPSocketWrap', 'TCPServerWrap'];

export async function measureUsage(world: World): Promise<Usage> {
  const usage: Usage = new Map();
  for (const instance of world.instances) {
    usage.set(`${instance.name} file descriptors`, readdirSync(`/proc/${instance.pid!}/fd`).length);
    const active = await activeIn(instance);
    for (const name of RESOURCES) usage.set(`${instance.name} ${name}`, active.get(name) ?? 0);
  }
  const { rows } = await world.admin.query<{ name: string; count: number }>(
    `SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> 'soak' AND pid <> pg_backend_pid() GROUP BY 1`,
  );
  for (const { name, count } of rows) usage.set(`Postgres connections of ${name}`, count);
  usage.set(`${world.storeName} connections`, await connectionsOf(world));
  return usage;
}

/** What keeps the process busy, as Node counts it (process.getActiveResourcesInfo). */
async function activeIn({ port }: Instance): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const found = text.matchAll(/^nodejs_active_resources\{type="(\w+)"[^}]*\} (\d+)$/gm);
  return new Map([...found].map(([, name, count]) => [name!, Number(count)]));
}

/** Ours, which asks, is one of them. */
async function connectionsOf({ storeName, store }: World): Promise<number> {
  const asked = {
    redis: { line: 'INFO clients', pattern: /connected_clients:(\d+)/ },
    memcached: { line: 'stats', pattern: /STAT curr_connections (\d+)/ },
  };
  const { line, pattern } = asked[storeName];
  return Number(pattern.exec(await say(store.port, line))?.[1]) - 1;
}

/** In bytes. */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kib) * 1_024;
}
