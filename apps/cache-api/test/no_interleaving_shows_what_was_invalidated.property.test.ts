import fc from 'fast-check';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { MemcachedWire } from '../src/adapters/memcached/memcached-wire.ts';
import { Server } from '../src/adapters/memcached/server.ts';
import { createRedisClient } from '../src/adapters/redis/redis-store.ts';
import { RedisWire } from '../src/adapters/redis/redis-wire.ts';
import type { Wire } from '../src/adapters/wire.ts';
import { MemoryWire } from '../src/adapters/memory/memory-wire.ts';
import { Interleaving, type Act } from './model/interleaving.ts';
import { missing, startMemcached, startRedis, type TestServer } from './support/servers.ts';

const PATIENCE_MS = 10_000;

const process = fc.constantFrom<0 | 1>(0, 1);
const id = fc.constantFrom('a', 'a', 'a', 'b');
const act = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('get' as const), process, id }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('get both' as const), process }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('change' as const),
      process,
      id,
      by: fc.constantFrom('key' as const, 'tag' as const, 'row tag' as const, 'namespace' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('evict' as const, 'evict a tag' as const), id }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'expire' as const }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const), process }) },
);
/** What is in one lane comes one after the other; the lanes run at the same time. */
const lanes = fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 });

/** Runs where SCHEDULER_RUNS does not say how many. */
const KINDS = [
  { name: 'memory', missing: undefined, runs: 200, start: async () => openMemory() },
  {
    name: 'redis',
    missing: missing('redis-server'),
    runs: 150,
    start: async () => openRedis(await startRedis()),
  },
  {
    name: 'memcached',
    missing: missing('memcached'),
    runs: 150,
    start: async () => openMemcached(await startMemcached()),
  },
];

interface Opened {
  /** An empty part of it. */
  wire: () => Wire;
  close: () => Promise<void>;
}

for (const { name, missing: reason, runs, start } of KINDS) {
  it.skipIf(isSkipped({ name, missing: reason }))(`on ${name}`, { timeout: 120_000 }, async () => {
    const { wire, close } = await start();
    try {
      await fc.assert(
        fc.asyncProperty(lanes, fc.scheduler(), async (all, scheduler) => {
          const model = new Interleaving(scheduler, wire());
          await play(model, all, scheduler);
          expect(model.tooOld).toEqual([]);
        }),
        { numRuns: Number(globalThis.process.env['SCHEDULER_RUNS'] ?? runs), endOnFailure: true },
      );
    } finally {
      await close();
    }
  });
}

async function play(model: Interleaving, all: readonly Act[][], scheduler: fc.Scheduler): Promise<void> {
  const running = all.map(async (lane) => {
    for (const one of lane) await model.act(one);
  });
  await scheduler.waitFor(Promise.all(running));
}

function openMemory(): Opened {
  return {
    wire: () => new MemoryWire({ maxBytes: 10_000_000, now: () => 0 }),
    close: async () => {},
  };
}

async function openRedis(server: TestServer): Promise<Opened> {
  const client = createRedisClient({ nodes: [server], timeoutMs: PATIENCE_MS });
  await eventually(() => client.status === 'ready');
  return {
    wire: () => new RedisWire(client, `${randomUUID()}:`, 1_000_000),
    async close() {
      client.disconnect();
      await server.kill();
    },
  };
}

async function openMemcached(server: TestServer): Promise<Opened> {
  const limits = { timeoutMs: PATIENCE_MS, connectTimeoutMs: PATIENCE_MS, maxReplyBytes: 1_000_000 };
  const one = new Server({ host: server.host, port: server.port, tls: undefined, ...limits }, () => {});
  const wire = (): Wire => new MemcachedWire([one], `${randomUUID().slice(0, 8)}:`);
  await eventually(() =>
    wire()
      .check()
      .then(() => true),
  );
  return {
    wire,
    async close() {
      await wire().close();
      await server.kill();
    },
  };
}
