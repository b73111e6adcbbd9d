import { eventually } from '@groundwork/service/testing';
import { randomUUID } from 'node:crypto';
import { LeasedStore, type StoreSettings } from '../../src/adapters/leased-store.ts';
import { createMemcachedStore } from '../../src/adapters/memcached/memcached-store.ts';
import { MemoryWire } from '../../src/adapters/memory/memory-wire.ts';
import { createRedisStore } from '../../src/adapters/redis/redis-store.ts';
import { slotName } from '../../src/domain/stored-names.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { missing, say, startMemcached, startRedis, type TestServer } from '../support/servers.ts';
import type { Subject } from '@groundwork/service/testing/contract';
import { copyInMemcached, copyInRedis } from '../support/copy.ts';
import type { Place } from './place.ts';

/** Two cores are busy with other tests: generous, and still nothing that hangs goes unnoticed. */
const SETTINGS = { timeoutMs: 2_000, encoding: { codec: 'zstd', aboveBytes: 100_000 } } as const;

export interface Kind {
  name: string;
  missing: string | undefined;
  servers: () => Promise<TestServer[]>;
  create: (servers: readonly TestServer[], prefix: string, settings: Partial<StoreSettings>) => LeasedStore;
  /** The command that removes a name. */
  remove: string;
  copy: (servers: readonly TestServer[], from: string, to: string) => Promise<void>;
  lease: Place['lease'];
}

const redis = (name: string, servers: Kind['servers'], isCluster: boolean): Kind => ({
  name,
  missing: missing('redis-server'),
  servers,
  create: (nodes, prefix, settings) =>
    createRedisStore({ nodes, isCluster, prefix, maxEntryBytes: 1_500_000, ...settings }),
  remove: 'DEL',
  copy: copyInRedis,
  lease: { ms: 100, goneWithinMs: 5_000 },
});

const memcached = (name: string, count: number): Kind => ({
  name,
  missing: missing('memcached'),
  servers: () => Promise.all(Array.from({ length: count }, () => startMemcached())),
  create: (servers, prefix, settings) => createMemcachedStore({ servers, prefix, ...settings }),
  remove: 'md',
  copy: copyInMemcached,
  lease: { ms: 100, goneWithinMs: 5_000 },
});

export const KINDS = {
  redis: redis('redis', async () => [await startRedis()], false),
  cluster: redis('a redis cluster', () => startRedisCluster(3), true),
  memcached: memcached('memcached', 1),
  twoMemcached: memcached('two memcached', 2),
};

export function subjectOf(kind: Kind): Subject<Place> {
  return {
    name: kind.name,
    missing: kind.missing,
    async start() {
      const servers = await kind.servers();
      return {
        open: async () => openPlace(kind, servers),
        stop: async () => {
          await Promise.all(servers.map((server) => server.kill()));
        },
      };
    },
  };
}

export function openPlace(kind: Kind, servers: readonly TestServer[]): Place {
  const prefix = `${randomUUID().slice(0, 8)}:`;
  const clock = { now: Date.now() };
  const stores: LeasedStore[] = [];
  const everywhere = async (line: string): Promise<void> => {
    for (const { port } of servers) await say(port, line);
  };
  return {
    clock,
    lease: kind.lease,
    tooManyBytes: 1_600_000,
    async store() {
      const store = kind.create(servers, prefix, { ...SETTINGS, now: () => clock.now });
      stores.push(store);
      await eventually(() => store.check().then(() => true), { everyMs: 5, what: 'a connection' });
      return store;
    },
    hand: {
      async evict(key) {
        await everywhere(`${kind.remove} ${prefix}${slotName(key)}e`);
        await everywhere(`${kind.remove} ${prefix}${slotName(key)}l`);
      },
      evictGeneration: (name) => everywhere(`${kind.remove} ${prefix}${slotName(name)}g`),
      collide: (from, to) => kind.copy(servers, `${prefix}${slotName(from)}e`, `${prefix}${slotName(to)}e`),
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

/** Clients of a store in one process share it. */
export const MEMORY: Subject<Place> = {
  name: 'memory',
  start: async () => ({ open: async () => openMemory(), stop: async () => {} }),
};

function openMemory(): Place {
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const wire = new MemoryWire({ maxBytes: 1_500_000, now: Date.now });
  return {
    clock,
    lease: { ms: 100, goneWithinMs: 1_000 },
    tooManyBytes: 1_600_000,
    store: async () => new LeasedStore(wire, { ...SETTINGS, now }),
    hand: {
      evict: (key) => wire.remove(slotName(key)),
      evictGeneration: (name) => wire.removeGeneration(slotName(name)),
      async collide(from, to) {
        const { bytes } = await wire.read(slotName(from));
        await wire.replace(slotName(to), await wire.read(slotName(to)), bytes!, 60_000);
      },
    },
    close: async () => {},
  };
}
