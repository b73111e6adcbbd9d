import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisStore } from '../src/adapters/redis/redis-store.ts';
import { StoreUnavailable } from '../src/ports/store.ts';
import { KINDS } from './contract/subjects.ts';
import { entryOf, seen } from './support/entries.ts';
import { say, startRedis, type TestServer } from './support/servers.ts';

describe.skipIf(isSkipped(KINDS.redis))('a server that has become a replica', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.kill());

  it('is left, so that its name can lead to the new primary', async () => {
    const store = createRedisStore({ nodes: [server], timeoutMs: 500 });
    await eventually(() => store.check().then(() => true));
    const [before] = await idsOfClients(server.port);
    expect(before).toBeDefined();
    // Of nobody: it only refuses to be written to.
    await say(server.port, 'REPLICAOF 127.0.0.1 1');
    await expect(store.put('a', entryOf('v1', Date.now()))).rejects.toThrow(StoreUnavailable);
    await say(server.port, 'REPLICAOF NO ONE');
    await eventually(async () => !(await idsOfClients(server.port)).includes(before!));
    await eventually(() => store.put('a', entryOf('v2', Date.now())).then(() => true));
    expect(await seen(store, 'a')).toBe('fresh v2');
    await store.close();
  });
});

/** Without the one that asks. */
async function idsOfClients(port: number): Promise<string[]> {
  const lines = (await say(port, 'CLIENT LIST')).split('\n').filter((line) => line.startsWith('id='));
  return lines.filter((line) => !line.includes('cmd=client|list')).map((line) => line.split(' ', 1)[0]!);
}
