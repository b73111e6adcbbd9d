import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { SHARED, useServices } from './support/services.ts';

for (const { store, skipped } of SHARED) {
  describe.skipIf(skipped)(`two instances with ${store.name}`, () => {
    const service = useServices(store);

    it('read a record once from the database, and say so', async () => {
      const { start } = await service();
      const [one, other] = [await start(), await start()];
      expect((await one.get('/v1/resources/products/1')).how).toBe('miss source won');
      expect((await one.get('/v1/resources/products/1')).how).toBe('hit l1');
      const first = await other.get('/v1/resources/products/1');
      expect(first.how).toBe('hit store');
      expect(first.json).toMatchObject({ id: 1, name: 'Lamp', price: 12.5 });
    });

    it('load a cold key once for 600 callers', async () => {
      const { start, shop } = await service(
        `resources: [{ name: slow, ttl: 5m, query: "SELECT :id::int AS id, nextval('loads') AS load FROM pg_sleep(0.1)", key: { id: int }, dependsOn: [{ table: products }] }]`,
        `CREATE SEQUENCE loads; CREATE TABLE products (id int PRIMARY KEY);`,
      );
      const instances = [await start(), await start()];
      const replies = await Promise.all(
        Array.from({ length: 600 }, (_, at) => instances[at % 2]!.get('/v1/resources/slow/7')),
      );
      expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
      expect(replies.filter(({ how }) => how === 'miss source won')).toHaveLength(1);
      const { rows } = await shop.owner.query<{ last_value: string }>('SELECT last_value FROM loads');
      expect(rows[0]?.last_value).toBe('1');
    });

    it('show what plain SQL has changed, in a record and in a list it was in and is in', async () => {
      const { start, shop } = await service();
      const instances = [await start(), await start()];
      const texts = (path: string) =>
        Promise.all(instances.map(async (instance) => (await instance.get(path)).text));
      for (const path of ['products/1', 'by-category/light', 'by-category/dark']) {
        await texts(`/v1/resources/${path}`);
      }
      await shop.owner.query(`UPDATE products SET name = 'Torch', category = 'dark' WHERE id = 1`);
      await eventually(async () => {
        const [record, light, dark] = await Promise.all(
          ['products/1', 'by-category/light', 'by-category/dark'].map((path) =>
            texts(`/v1/resources/${path}`),
          ),
        );
        return (
          record!.every((text) => text.includes('Torch')) &&
          light!.every((text) => !text.includes('Lamp')) &&
          dark!.every((text) => text.includes('Torch'))
        );
      });
      const statuses = await Promise.all(instances.map((instance) => instance.status()));
      const leader = statuses.find(({ stream }) => stream.leader);
      expect(leader?.stream.lag?.count).toBeGreaterThanOrEqual(1);
    });

    it('show a row that was not there once it is inserted, and not when it is deleted', async () => {
      const { start, shop } = await service();
      const [one, other] = [await start(), await start()];
      const status = async () =>
        (await Promise.all([one, other].map((instance) => instance.get('/v1/resources/products/50')))).map(
          (reply) => reply.status,
        );
      expect(await status()).toEqual([404, 404]);
      await shop.owner.query(`INSERT INTO products VALUES (50, 'New', 'light', 1)`);
      await eventually(async () => (await status()).every((one_) => one_ === 200));
      await shop.owner.query('DELETE FROM products WHERE id = 50');
      await eventually(async () => (await status()).every((one_) => one_ === 404));
    });

    it('have what was written through one of them in both, and the other one does not load it', async () => {
      const { start } = await service();
      const [one, other] = [await start(), await start()];
      await other.get('/v1/resources/products/1');
      const written = await one.send('PATCH', '/v1/resources/products/1', { price: 99 });
      expect(written.json).toMatchObject({ id: 1, price: 99 });
      expect((await one.get('/v1/resources/products/1')).text).toBe(written.text);
      await eventually(async () => (await other.get('/v1/resources/products/1')).text === written.text);
      // The change stream has come by since: it leaves what the writer has put.
      await eventually(async () => {
        const [mine, theirs] = [await one.status(), await other.status()];
        return Math.max(mine.stream.lag?.count ?? 0, theirs.stream.lag?.count ?? 0) >= 1;
      });
      const third = await start();
      const read = await third.get('/v1/resources/products/1');
      expect(read.how).toBe('hit store');
      expect(read.text).toBe(written.text);
    });

    it('forget by tag what one is told to, before it answers with wait=all', async () => {
      const { start, shop } = await service();
      const settings = { INVALIDATION: 'off' };
      const alone = { settings, untilFollowed: false };
      const instances = [await start(alone), await start(alone)];
      await eventually(async () =>
        (await Promise.all(instances.map((instance) => instance.status()))).every(
          ({ others }) => others.length === 1,
        ),
      );
      for (const tag of ['shop', 'category:light']) {
        for (const instance of instances) await instance.get('/v1/resources/products/1');
        await shop.owner.query('UPDATE products SET price = price + 1 WHERE id = 1');
        const told = await instances[0]!.send('POST', '/v1/invalidate?wait=all', { tags: [tag] });
        expect(told.json).toMatchObject({ waited: { heardBy: [expect.any(String)], silent: [] } });
        const { rows } = await shop.owner.query<{ price: string }>('SELECT price FROM products WHERE id = 1');
        for (const instance of instances) {
          const read = await instance.get('/v1/resources/products/1');
          expect((read.json as { price: number }).price).toBe(Number(rows[0]?.price));
        }
      }
    });

    it('share values that are kept in the store only, and their conditions', async () => {
      const { start } = await service();
      const [one, other] = [await start(), await start()];
      const put = await one.send('PUT', '/v1/kv/scratch/a', 'v1', { 'if-none-match': '*' });
      expect(put.status).toBe(201);
      expect((await other.get('/v1/kv/scratch/a')).text).toBe('v1');
      const etag = put.headers.get('etag')!;
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          [one, other][at % 2]!.send('PUT', '/v1/kv/scratch/a', `v2-${at}`, { 'if-match': etag }),
        ),
      );
      expect(outcomes.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
      expect((await one.send('DELETE', '/v1/kv/scratch/a')).status).toBe(204);
      expect((await one.get('/v1/kv/scratch/a')).status).toBe(404);
      await eventually(async () => (await other.get('/v1/kv/scratch/a')).status === 404);
    });

    it('give the right to load to one client, whose value is refused after an invalidation', async () => {
      const { start } = await service();
      const [one, other] = [await start(), await start()];
      const [mine, theirs] = [
        await one.get('/v1/kv/scratch/k?lease=5s&tags=t'),
        await other.get('/v1/kv/scratch/k?lease=5s'),
      ];
      const lease = mine.headers.get('cache-lease')!;
      expect(lease).not.toBeNull();
      expect(theirs.headers.get('cache-lease')).toBeNull();
      expect(theirs.headers.get('retry-after')).toBe('1');
      await other.send('POST', '/v1/invalidate', { tags: ['t'] });
      const late = await one.send('PUT', '/v1/kv/scratch/k?tags=t', 'old', { 'cache-lease': lease });
      expect(late.json).toMatchObject({ status: 409, code: 'lease_lost' });
      expect((await other.get('/v1/kv/scratch/k')).status).toBe(404);
      const next = await one.get('/v1/kv/scratch/k2?lease=5s');
      const filled = await one.send('PUT', '/v1/kv/scratch/k2', 'new', {
        'cache-lease': next.headers.get('cache-lease')!,
      });
      expect(filled.status).toBe(201);
      expect((await other.get('/v1/kv/scratch/k2')).text).toBe('new');
    });

    it('load a thousand cold keys with one query, and the other one finds them', async () => {
      const { start } = await service(
        'resources: [{ name: products, table: products, ttl: 5m, earlyRefresh: 0, tags: [a, b] }]',
        `CREATE TABLE products (id int PRIMARY KEY); INSERT INTO products SELECT generate_series(1, 1000);`,
      );
      const [one, other] = [await start(), await start()];
      const ids = Array.from({ length: 1_000 }, (_, at) => String(at + 1));
      const cold = await one.send('POST', '/v1/resources/products/batch-get', { ids });
      expect(cold.text.split('lease=won')).toHaveLength(1_001);
      const found = await other.send('POST', '/v1/resources/products/batch-get', { ids });
      expect(found.text.split('tier=store')).toHaveLength(1_001);
    });

    it('keep values that are in the database', async () => {
      const { start } = await service();
      const [one, other] = [await start(), await start()];
      expect((await one.send('PUT', '/v1/kv/settings/a', { theme: 'dark' })).status).toBe(201);
      await eventually(async () => (await other.get('/v1/kv/settings/a')).text === '{"theme":"dark"}');
      await one.send('POST', '/v1/invalidate?wait=all', { namespaces: ['settings'] });
      expect((await other.get('/v1/kv/settings/a')).how).toMatch(/^miss source/);
      expect((await other.send('DELETE', '/v1/kv/settings/a')).status).toBe(204);
      await eventually(async () => (await one.get('/v1/kv/settings/a')).status === 404);
    });
  });
}
