import { createLogger } from '@groundwork/service';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { Pool } from 'pg';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresBus } from '../src/adapters/postgres-bus.ts';
import { createRedisBus } from '../src/adapters/redis/redis-bus.ts';
import { createRedisClient } from '../src/adapters/redis/redis-store.ts';
import { Broadcast } from '../src/bus/broadcast.ts';
import { Local } from '../src/domain/cache/local.ts';
import { Hearing } from '../src/domain/hearing.ts';
import type { Bus } from '../src/ports/bus.ts';
import { entryOf } from './support/entries.ts';
import { missing, startRedis, type TestServer } from './support/servers.ts';

const MAX_STALE_MS = 400;
const logger = createLogger({ service: 'test', level: 'silent' });

interface Instance {
  broadcast: Broadcast;
  local: Local;
  hearing: Hearing;
}

interface Kind {
  name: string;
  missing: string | undefined;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  bus: (channel: string) => Bus;
  /** All connections are lost at once. */
  cut: () => Promise<void>;
  pause?: () => Promise<void>;
  resume?: () => void;
}

let redis: TestServer;
let postgres: TestPostgres;
let databaseUrl: string;
let pool: Pool;

const KINDS: Kind[] = [
  {
    name: 'redis',
    missing: missing('redis-server'),
    start: async () => {
      redis = await startRedis();
    },
    stop: () => redis.kill(),
    bus: (channel) => createRedisBus(() => createRedisClient({ nodes: [redis], timeoutMs: 300 }), channel),
    cut: async () => {
      await redis.kill();
      await redis.start();
    },
    pause: () => redis.pause(),
    resume: () => redis.resume(),
  },
  {
    name: 'postgres',
    missing: undefined,
    start: async () => {
      postgres = await startTestPostgres(process.env['TEST_DATABASE_URL']);
      databaseUrl = await postgres.createDatabase();
      pool = new Pool({ connectionString: databaseUrl });
      pool.on('error', () => {});
    },
    stop: async () => {
      await pool.end();
      await postgres.stop();
    },
    bus: (channel) => createPostgresBus({ databaseUrl, pool, channel, logger }),
    cut: async () => {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cache-api bus'`,
      );
    },
  },
];

for (const kind of KINDS) {
  describe.skipIf(isSkipped(kind))(`the bus on ${kind.name}`, () => {
    const running: Instance[] = [];
    beforeAll(() => kind.start());
    afterAll(() => kind.stop());
    afterEach(async () => {
      await Promise.all(running.splice(0).map(({ broadcast }) => broadcast.stop()));
    });

    async function start(count: number): Promise<Instance[]> {
      const channel = `bus-${randomUUID()}`;
      const instances = Array.from({ length: count }, () => {
        const hearing = new Hearing(MAX_STALE_MS);
        const local = new Local(1_000_000, () => hearing.isGood);
        const bus = kind.bus(channel);
        const broadcast = new Broadcast({ bus, local, hearing, maxStaleMs: MAX_STALE_MS, logger });
        broadcast.start();
        return { broadcast, local, hearing };
      });
      running.push(...instances);
      await eventually(() =>
        instances.every(({ hearing, broadcast }) => hearing.isGood && broadcast.others.length === count - 1),
      );
      return instances;
    }

    const keep = ({ local }: Instance, key = 'a'): boolean =>
      local.keep(key, entryOf('v1', Date.now(), { tags: ['t'], namespaces: ['n'] }), local.epoch);

    for (const what of [{ keys: ['a'] }, { tags: ['t'] }, { namespaces: ['n'] }]) {
      it(`what one invalidates by ${Object.keys(what)[0]} is forgotten by all when it has waited for them`, async () => {
        const [one, ...others] = await start(3);
        for (const other of others) keep(other);
        const told = await one!.broadcast.tellAndWait(what);
        expect(told).toEqual({
          heardBy: expect.toSatisfy((who: string[]) => who.length === 2),
          silent: [],
        });
        expect(others.map(({ local }) => local.get('a'))).toEqual([undefined, undefined]);
      });
    }

    it('what is asked before an invalidation is not kept after it', async () => {
      const [one, other] = await start(2);
      const epoch = other!.local.epoch;
      await one!.broadcast.tellAndWait({ keys: ['a'] });
      expect(other!.local.keep('a', entryOf('old', Date.now()), epoch)).toBe(false);
      expect(other!.local.keep('a', entryOf('new', Date.now()), other!.local.epoch)).toBe(true);
    });

    it('names of many messages arrive, and of one that is longer than a message of the database', async () => {
      const [one, other] = await start(2);
      const keys = Array.from({ length: 500 }, (_, at) => `key-${at}-${'x'.repeat(100)}`);
      for (const key of keys) keep(other!, key);
      await one!.broadcast.tellAndWait({ keys });
      expect(keys.filter((key) => other!.local.get(key) !== undefined)).toEqual([]);
    });

    it('a key that fits into no message stands for all of its collection', async () => {
      const [one, other] = await start(2);
      const entry = entryOf('v1', Date.now(), { namespaces: ['products'] });
      other!.local.keep('products/1', entry, other!.local.epoch);
      await one!.broadcast.tellAndWait({ keys: [`products/${'x'.repeat(300_000)}`] });
      expect(other!.local.get('products/1')).toBeUndefined();
    });

    it('who has only just begun to listen waits for those it has not heard of yet', async () => {
      const [one, other] = await start(2);
      const channel = `bus-${randomUUID()}`;
      const bus = kind.bus(channel);
      const hearing = new Hearing(MAX_STALE_MS);
      const local = new Local(1_000_000, () => hearing.isGood);
      const late = new Broadcast({ bus, local, hearing, maxStaleMs: MAX_STALE_MS, logger });
      late.start();
      running.push({ broadcast: late, local, hearing });
      await eventually(() => hearing.isGood, { everyMs: 1 });
      const began = performance.now();
      expect(await late.tellAndWait({ keys: ['a'] })).toEqual({ heardBy: [], silent: [] });
      expect(performance.now() - began).toBeGreaterThan(MAX_STALE_MS / 2);
      expect([one!.hearing.isGood, other!.hearing.isGood]).toEqual([true, true]);
    });

    it('a lost connection empties what is kept, and it is used again once the bus is back', async () => {
      const [one] = await start(1);
      keep(one!);
      expect(one!.local.get('a')).toBeDefined();
      await kind.cut();
      await eventually(() => one!.local.size.entries === 0, { everyMs: 1 });
      await eventually(() => one!.hearing.isGood);
      keep(one!);
      expect(one!.local.get('a')).toBeDefined();
    });

    it.skipIf(kind.pause === undefined)('nothing that is kept is used while the bus is silent', async () => {
      const [one] = await start(1);
      keep(one!);
      await kind.pause!();
      try {
        const began = performance.now();
        await eventually(() => one!.local.get('a') === undefined, { everyMs: 1 });
        expect(performance.now() - began).toBeLessThan(MAX_STALE_MS + 1_000);
        await expect(one!.broadcast.tell({ keys: ['a'] })).rejects.toThrow(/./);
      } finally {
        kind.resume!();
      }
      await eventually(() => one!.hearing.isGood);
    });

    it('who has stopped is not waited for', async () => {
      const [one, other] = await start(2);
      await other!.broadcast.stop();
      await eventually(() => one!.broadcast.others.length === 0);
      expect(await one!.broadcast.tellAndWait({ keys: ['a'] })).toEqual({ heardBy: [], silent: [] });
    });
  });
}
