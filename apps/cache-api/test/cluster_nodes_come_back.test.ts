import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreUnavailable, type Store } from '../src/ports/store.ts';
import { KINDS } from './contract/subjects.ts';
import { entryOf, seen } from './support/entries.ts';
import type { TestServer } from './support/servers.ts';

const TIMEOUT_MS = 300;
const GRACE_MS = 300;

describe.skipIf(isSkipped(KINDS.cluster))('a node of a redis cluster that dies', () => {
  let servers: TestServer[] = [];
  let store: Store | undefined;
  afterEach(async () => {
    await store?.close();
    await Promise.all(servers.map((server) => server.kill()));
  });

  it('fails its keys in time, and is used again when it is back', async () => {
    servers = await KINDS.cluster.servers();
    const cluster = KINDS.cluster.create(servers, 'nodes:', { timeoutMs: TIMEOUT_MS });
    store = cluster;
    await eventually(() => cluster.check().then(() => true));
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    await servers[0]!.kill();
    const began = performance.now();
    const results = await Promise.allSettled(keys.map((key) => cluster.put(key, entryOf('v1', Date.now()))));
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + GRACE_MS);
    const failures = results.filter((result) => result.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toBeInstanceOf(StoreUnavailable);
    await servers[0]!.start();
    await eventually(
      async () => {
        await Promise.all(keys.map((key) => cluster.put(key, entryOf('v2', Date.now()))));
        return true;
      },
      { withinMs: 20_000 },
    );
    expect(await Promise.all(keys.map((key) => seen(cluster, key)))).toEqual(keys.map(() => 'fresh v2'));
  });
});
