import { Redis } from 'ioredis';
import { Connection } from '../../src/adapters/memcached/connection.ts';
import { pick } from '../../src/adapters/memcached/rendezvous.ts';
import type { TestServer } from './servers.ts';

/** Both names are in different slots: DUMP and RESTORE, on whichever node takes them. */
export async function copyInRedis(servers: readonly TestServer[], from: string, to: string): Promise<void> {
  const clients = servers.map(({ host, port }) => new Redis({ host, port, maxRetriesPerRequest: 0 }));
  const first = async <T>(work: (client: Redis) => Promise<T>): Promise<T> =>
    Promise.any(clients.map((client) => work(client)));
  try {
    const dump = await first((client) => client.dumpBuffer(from));
    await first((client) => client.restore(to, 60_000, dump, 'REPLACE'));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

export async function copyInMemcached(
  servers: readonly TestServer[],
  from: string,
  to: string,
): Promise<void> {
  const named = servers.map((server) => ({ ...server, name: `${server.host}:${server.port}` }));
  const say = async (name: string, line: string, value?: Buffer) => {
    const { host, port } = pick(named, name.slice(name.indexOf('{'), -1));
    const limits = { timeoutMs: 2_000, connectTimeoutMs: 2_000, maxReplyBytes: 2 ** 24 };
    const connection = new Connection({ host, port, tls: undefined, ...limits });
    try {
      await connection.opened;
      return await connection.send(line, value);
    } finally {
      connection.close();
    }
  };
  const { value } = await say(from, `mg ${from} v`);
  await say(to, `ms ${to} ${value!.length} T60`, value);
}
