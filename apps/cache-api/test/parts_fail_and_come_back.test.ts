import { eventually } from '@groundwork/service/testing';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createStore } from '../src/adapters/create-store.ts';
import { Config } from '../src/config.ts';
import { parseConfig } from '@groundwork/service';
import type { Instance } from './support/instance.ts';
import { SHARED, useServices, YAML } from './support/services.ts';
import { logger } from './support/postgres.ts';
import type { Shop } from './support/shop.ts';

/** A load that takes as long as `pace` says, of what was there when it began. */
const SLOW = `
resources:
  - { name: slow, ttl: 1s, jitter: 0, earlyRefresh: 0, staleIfError: 1h, softTimeout: 100ms, hardTimeout: 400ms, key: { id: int },
      query: 'SELECT v, (SELECT pg_sleep(s) FROM pace)::text AS slept FROM products WHERE id = :id', dependsOn: [{ table: products, on: { id: id } }] }
  - { name: patient, ttl: 5m, earlyRefresh: 0, key: { id: int },
      query: 'SELECT v, (SELECT pg_sleep(s) FROM pace)::text AS slept FROM products WHERE id = :id', dependsOn: [{ table: products, on: { id: id } }] }
`;
const TABLES = `CREATE TABLE products (id int PRIMARY KEY, v int NOT NULL); INSERT INTO products SELECT g, 1 FROM generate_series(1, 500) AS g;
  CREATE TABLE pace (s float8); INSERT INTO pace VALUES (0);`;
const QUICK = { STORE_TIMEOUT_MS: '100', L1_MAX_STALE_MS: '300' };
const alone = { settings: { ...QUICK, INVALIDATION: 'off' }, untilFollowed: false };

const valueOf = (reply: { json: unknown }): number => (reply.json as { v: number }).v;
const running = async ({ owner }: Shop): Promise<number> => {
  const { rows } = await owner.query<{ count: string }>(
    `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()`,
  );
  return Number(rows[0]?.count);
};

/** Nobody gets in, and who is in is thrown out; until it is called again. */
async function close({ url, adminUrl }: Shop, isClosed: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${isClosed ? 'false' : 'true'}`);
  if (isClosed) {
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  }
  await admin.end();
}

for (const { store, skipped } of SHARED) {
  describe.skipIf(skipped)(`with ${store.name}`, () => {
    const service = useServices(store);

    it('a load that was under way when the value changed does not put the old one back', async () => {
      const { start, shop } = await service(SLOW, TABLES);
      const [one, other] = [await start(alone), await start(alone)];
      await shop.owner.query('UPDATE pace SET s = 0.4');
      const before = one.get('/v1/resources/patient/1');
      await eventually(async () => (await running(shop)) === 1, { everyMs: 5 });
      await shop.owner.query('UPDATE products SET v = 2 WHERE id = 1; UPDATE pace SET s = 0');
      await other.send('POST', '/v1/invalidate?wait=all', { keys: ['patient/1'] });
      const during = await one.get('/v1/resources/patient/1');
      expect(valueOf(await before)).toBe(1);
      expect([valueOf(during), valueOf(await one.get('/v1/resources/patient/1'))]).toEqual([2, 2]);
      expect(valueOf(await other.get('/v1/resources/patient/1'))).toBe(2);
    });

    it('a query that takes too long is cancelled, and its lease is free for the next one', async () => {
      const { start, shop } = await service(SLOW, TABLES);
      const instance = await start(alone);
      await shop.owner.query('UPDATE pace SET s = 30');
      const late = await instance.get('/v1/resources/slow/1');
      expect([late.status, (late.json as { code: string }).code]).toEqual([503, 'source_unavailable']);
      expect(late.headers.get('retry-after')).toBe('2');
      await eventually(async () => (await running(shop)) === 0);
      await shop.owner.query('UPDATE pace SET s = 0');
      expect((await instance.get('/v1/resources/slow/1')).how).toBe('miss source won');
    });

    it('something stale is shown while the load is slow, and when it fails', async () => {
      const { start, shop } = await service(SLOW, TABLES);
      const instance = await start(alone);
      await instance.get('/v1/resources/slow/1');
      await shop.owner.query('UPDATE products SET v = 2; UPDATE pace SET s = 0.2');
      const seen = new Set<string>();
      await eventually(async () => {
        const reply = await instance.get('/v1/resources/slow/1');
        expect(reply.status).toBe(200);
        seen.add(`${reply.how} ${valueOf(reply)}`);
        return valueOf(reply) === 2;
      });
      expect(seen).toContain('stale store slow 1');
      await shop.owner.query('DROP TABLE pace');
      await eventually(async () => (await instance.get('/v1/resources/slow/1')).how === 'stale store failed');
    });

    it('the lease of somebody who died ends, and the next one loads', async () => {
      const { start } = await service(SLOW, TABLES);
      const instance = await start(alone);
      const config = parseConfig(Config, {
        DATABASE_URL: 'postgres://a:b@127.0.0.1/c',
        AUTH_MODE: 'none',
        ...instance.settings,
      });
      const dead = createStore(config, logger);
      await eventually(() => dead.check().then(() => true));
      await dead.look([{ key: 'slow/1', namespaces: ['slow'], leaseMs: 1_000 }]);
      await dead.close();
      const reply = await instance.get('/v1/resources/slow/1');
      expect([reply.status, reply.how]).toEqual([200, 'miss source won']);
    });

    for (const how of ['killed', 'paused'] as const) {
      it(`when the store is ${how}, answers come from the database, and from the store again afterwards`, async () => {
        const { start, store: server } = await service(SLOW, TABLES);
        const instance = await start(alone);
        await instance.get('/v1/resources/patient/1');
        await (how === 'killed' ? server!.kill() : server!.pause());
        try {
          for (let id = 2; id < 30; id += 1) {
            const reply = await instance.get(`/v1/resources/patient/${id}`);
            expect([reply.status, reply.how]).toEqual([200, 'miss source unavailable']);
          }
          expect((await instance.send('POST', '/v1/invalidate', { keys: ['patient/1'] })).status).toBe(503);
          const ready = await instance.get('/readyz');
          expect([ready.status, ready.text]).toEqual([200, expect.stringContaining('"store":"degraded')]);
        } finally {
          if (how === 'killed') await server!.start();
          else server!.resume();
        }
        await eventually(async () => {
          return (await leaseOfNext(instance)) === 'won';
        });
      });
    }

    it('many loads at once without a store are done a few at a time, and what is too much is refused at once', async () => {
      const { start, shop, store: server } = await service(SLOW, TABLES);
      const settings = { ...alone.settings, LOADS_AT_ONCE: '3', LOADS_WAITING: '10' };
      const instance = await start({ ...alone, settings });
      await shop.owner.query('UPDATE pace SET s = 0.1');
      await server!.kill();
      try {
        let most = 0;
        const all = Promise.all(
          Array.from({ length: 100 }, (_, at) => instance.get(`/v1/resources/patient/${at + 1}`)),
        );
        const done = all.then(() => true);
        while (
          !(await Promise.race([done, running(shop).then((count) => void (most = Math.max(most, count)))]))
        ) {
          // Looks as often as it can.
        }
        const statuses = (await all).map(({ status }) => status);
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThanOrEqual(3);
        expect(new Set(statuses)).toEqual(new Set([200, 503]));
        expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(50);
      } finally {
        await server!.start();
      }
    });

    it('while the store is away and the bus is not, processes forget what changes', async () => {
      const { start, shop, store: server } = await service();
      const settings = { ...QUICK, BUS: 'postgres' };
      const [one, other] = [await start({ settings }), await start({ settings })];
      const nameAt = async (instance: Instance, id: number) =>
        ((await instance.get(`/v1/resources/products/${id}`)).json as { name: string }).name;
      for (const instance of [one, other]) for (const id of [1, 2]) await nameAt(instance, id);
      await server!.pause();
      try {
        await shop.owner.query(`UPDATE products SET name = 'new' WHERE id = 1`);
        for (const instance of [one, other])
          await eventually(async () => (await nameAt(instance, 1)) === 'new');
        expect((await one.send('PATCH', '/v1/resources/products/2', { name: 'mine' })).status).toBe(200);
        expect(await nameAt(one, 2)).toBe('mine');
        await eventually(async () => (await nameAt(other, 2)) === 'mine');
      } finally {
        server!.resume();
      }
      for (const instance of [one, other]) {
        await eventually(
          async () => (await nameAt(instance, 1)) === 'new' && (await nameAt(instance, 2)) === 'mine',
        );
      }
    });

    it('something fresh that cannot be renewed is not tried again by every reader', async () => {
      const { start, shop } = await service(
        SLOW.replace('ttl: 5m, earlyRefresh: 0', 'ttl: 5m, refreshAhead: 0.00001'),
        TABLES,
      );
      const instance = await start(alone);
      await instance.get('/v1/resources/patient/1');
      await shop.owner.query('ALTER TABLE pace RENAME TO elsewhere');
      const failures = async () => {
        const { rows } = await shop.owner.query<{ xact_rollback: string }>(
          'SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()',
        );
        return Number(rows[0]?.xact_rollback);
      };
      const before = await failures();
      for (let read = 0; read < 200; read += 1) {
        expect((await instance.get('/v1/resources/patient/1')).status).toBe(200);
      }
      expect((await failures()) - before).toBeLessThan(20);
    });

    it('what is written while the store is away is not shown in its old form once it is back', async () => {
      const { start, shop, store: server } = await service();
      const [one, other] = [await start({ settings: QUICK }), await start({ settings: QUICK })];
      for (const instance of [one, other]) {
        for (const id of [1, 2]) await instance.get(`/v1/resources/products/${id}`);
      }
      await server!.pause();
      try {
        const written = await one.send('PATCH', '/v1/resources/products/1', { price: 77 });
        expect(written.status).toBe(200);
        expect(written.headers.get('cache-status')).toContain('not invalidated yet');
        await shop.owner.query('UPDATE products SET price = 88 WHERE id = 2');
        const put = await one.send('PUT', '/v1/kv/settings/a', 'x');
        expect(put.json).toMatchObject({ cached: false });
        const removed = await one.send('DELETE', '/v1/kv/settings/a');
        expect([removed.status, removed.headers.get('cache-status')]).toEqual([
          204,
          expect.stringContaining('not invalidated yet'),
        ]);
      } finally {
        server!.resume();
      }
      await eventually(async () => {
        const prices = [];
        for (const instance of [one, other]) {
          for (const id of [1, 2]) {
            prices.push(
              ((await instance.get(`/v1/resources/products/${id}`)).json as { price: number }).price,
            );
          }
        }
        return prices.join() === '77,88,77,88';
      });
      await eventually(async () => (await one.status()).repairs === 0);
    });
  });
}

describe('when the database is away', () => {
  const service = useServices(undefined);

  it('what is stale is shown, what is not there is a 503, and both are fresh once it is back', async () => {
    const { start, shop } = await service(YAML.replace('ttl: 5m', 'ttl: 1s'));
    const instance = await start(alone);
    await instance.get('/v1/resources/products/1');
    await close(shop, true);
    try {
      await eventually(
        async () => (await instance.get('/v1/resources/products/1')).how === 'stale store failed',
      );
      const missing = await instance.get('/v1/resources/products/2');
      expect([missing.status, missing.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await instance.send('PATCH', '/v1/resources/products/1', { price: 1 })).status).toBe(503);
      expect((await instance.get('/readyz')).text).toContain('"database":"degraded');
    } finally {
      await close(shop, false);
    }
    await eventually(async () => (await instance.get('/v1/resources/products/2')).status === 200);
    await eventually(
      async () => (await instance.get('/v1/resources/products/1')).how !== 'stale store failed',
    );
  });
});

let next = 100;
/** What became of the lease of a key that nobody has asked for before. */
async function leaseOfNext(instance: Instance): Promise<string | undefined> {
  next += 1;
  return (await instance.get(`/v1/resources/patient/${next}`)).how.split(' ').at(-1);
}
