import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { SHARED, useServices, YAML } from './support/services.ts';
const BIG = `
resources:
  - { name: things, table: things, ttl: 5m, visibility: public, tags: ['shop', 'g:{g}', 'h:{h}'] }
namespaces:
  - { name: settings, kind: postgres, ttl: 10m, maxBytes: 1KiB, visibility: shared }
  - { name: scratch, kind: volatile, ttl: 10m, maxTtl: 1h, maxBytes: 1KiB }
`;
const TABLES = `CREATE TABLE things (id int PRIMARY KEY, g text, h text, body text); ALTER TABLE things REPLICA IDENTITY FULL;
 INSERT INTO things SELECT n, 'g' || n % 50, 'h' || n, repeat('x', 500) FROM generate_series(1, 5000) n;`;
const count = (xs: string[]) => { const m: Record<string, number> = {}; for (const x of xs) m[x] = (m[x] ?? 0) + 1; return m; };
for (const { store, skipped } of SHARED) {
  describe.skipIf(skipped)(`with ${store.name}`, () => {
    const service = useServices(store);
    for (const ms of ['50']) it('cold batch ' + ms, async () => {
      const { start } = await service(BIG, TABLES);
      const one = await start({ settings: { STORE_TIMEOUT_MS: ms, CHECKED_SHARE: '0' } });
      const two = await start({ settings: { STORE_TIMEOUT_MS: ms, CHECKED_SHARE: '0' } });
      for (const round of [0, 1, 2]) {
        const ids = Array.from({ length: 1000 }, (_, i) => String(i + 1 + round * 1000));
        const t = performance.now();
        const got = await one.send('POST', '/v1/resources/things/batch-get', { ids });
        const items = (got.json as { items: { status: number; cacheStatus: string }[] }).items;
        console.log(store.name, 'round', round, Math.round(performance.now() - t), 'ms', count(items.map((i) => i.status + ' ' + (/tier=\w+/.exec(i.cacheStatus)?.[0]) + ' ' + (/lease=\w+/.exec(i.cacheStatus)?.[0]))));
        const after = await one.get('/v1/resources/things/' + (4500 + round));
        const t2 = performance.now();
        const other = await two.get('/v1/resources/things/' + (1 + round * 1000));
        console.log('  next read:', after.how, '| other instance reads it:', other.how, Math.round(performance.now() - t2), 'ms');
        await delay(1500);
      }
    }, 60000);

    it('NUL poisons', async () => {
      const { start } = await service(BIG, TABLES);
      const one = await start();
      await one.send('PUT', '/v1/kv/settings/a', 'x');
      await one.send('POST', '/v1/invalidate', { keys: ['settings/a'] });
      const [b, g] = await Promise.all([one.send('POST', '/v1/kv/settings/batch-get', { ids: ['a', '\0'] }), one.get('/v1/kv/settings/a')]);
      console.log(b.status, b.text, '|', g.status, g.text);
      const c = await one.send('POST', '/v1/invalidate', { keys: ['scratch/' + 'k'.repeat(9000)] });
      console.log('long key invalidate', c.status, c.text.slice(0, 200));
      const before = await one.status();
      // someone else's row with a bad header
      process.once('unhandledRejection', (e) => console.log('UNHANDLED', e));
    }, 30000);
    if (store.name === 'memcached') it('poison pill', async () => {
      const yaml = `
resources:
  - { name: pages, table: pages, ttl: 5m, visibility: public }
  - { name: things, table: things, ttl: 5m, visibility: public }
`;
      const { start, shop } = await service(yaml, TABLES + `CREATE TABLE pages (path text PRIMARY KEY, v int); ALTER TABLE pages REPLICA IDENTITY FULL;`);
      const one = await start();
      await one.get('/v1/resources/things/1');
      await shop.owner.query(`INSERT INTO pages VALUES (repeat('a ', 4000), 1)`);
      await shop.owner.query(`UPDATE things SET body = 'NEW' WHERE id = 1`);
      await delay(8000);
      const r = await one.get('/v1/resources/things/1');
      console.log('poison:', (r.json as any).body.slice(0, 5), r.how, JSON.stringify((await one.status()).stream), (await one.get('/readyz')).text.slice(0,400));
    }, 30000);
    it('PUT with the store paused', async () => {
      const { start, shop, store: server } = await service(YAML);
      const one = await start({ settings: { STORE_TIMEOUT_MS: '100', CHECKED_SHARE: '0', L1_MAX_STALE_MS: '5000', BUS: 'postgres' } });
      await one.get('/v1/resources/products/1');
      await one.send('PUT', '/v1/kv/scratch/k', 'old');
      await one.get('/v1/kv/scratch/k');
      server!.pause();
      const put = await one.send('PATCH', '/v1/resources/products/1', { name: 'New' });
      const get = await one.get('/v1/resources/products/1');
      const v = await one.send('PUT', '/v1/kv/scratch/k', 'new');
      const vg = await one.get('/v1/kv/scratch/k');
      console.log(store.name, 'PATCH', put.status, put.headers.get('cache-status'), '-> GET', (get.json as any)?.name, get.how, '| kv PUT', v.status, v.text.slice(0, 220), '-> GET', vg.text, vg.how);
      server!.resume();
      await delay(1500);
      const vg2 = await one.get('/v1/kv/scratch/k');
      const two = await start({ settings: { BUS: 'postgres' } });
      const vg3 = await two.get('/v1/kv/scratch/k');
      console.log(store.name, 'after resume: one', vg2.text, vg2.how, '| two', vg3.text.slice(0,80), vg3.how, (await one.get('/v1/resources/products/1')).text);
    }, 30000);
  });
}
