import { createHash } from 'node:crypto';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, vi } from 'vitest';
import { tagsBeforeLoad } from '../src/domain/resources/bound.ts';
import { InvalidId } from '../src/domain/resources/ids.ts';
import { SourceUnavailable } from '../src/ports/source.ts';
import { loadAll, loadOne, textOf, useShops } from './support/shop.ts';

const openShop = useShops();

const products = (more = ''): string => `
resources:
  - { name: products, table: products, ttl: 5m, ${more} }`;

const byCategory = (query: string, more = ''): string => `
resources:
  - name: products-by-category
    query: ${JSON.stringify(query)}
    key: { category: text }
    ttl: 5m
    ${more}`;

describe('rows of a table', () => {
  it('come as the JSON that Postgres writes, with all digits, in the order of the columns', async () => {
    const shop = await openShop();
    const source = await shop.source(products('columns: [price, id, name, at]'));
    const [lamp, quoted] = await loadAll(source, '1', '2');
    expect(textOf(lamp)).toBe('{"price":12.50,"id":1,"name":"Lamp","at":"2025-12-31T23:00:00+00:00"}');
    expect(textOf(quoted)).toBe('{"price":3.00,"id":2,"name":"Größe \\"M\\"","at":null}');
    expect(lamp).toMatchObject({ contentType: 'application/json', version: 0n, tags: [] });
    const digest = createHash('sha256').update(lamp!.body).digest().subarray(0, 16).toString('base64url');
    expect(lamp!.etag).toBe(`"${digest}"`);
  });

  it('come in the order asked for, twice if asked for twice, undefined where there is none', async () => {
    const shop = await openShop();
    const source = await shop.source(products('columns: [id]'));
    const found = await loadAll(source, '3', '99', '1', '3');
    expect(found.map(textOf)).toEqual(['{"id":3}', undefined, '{"id":1}', '{"id":3}']);
    expect(await loadAll(source)).toEqual([]);
  });

  it('come with one query, however many', async () => {
    const shop = await openShop(
      'CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 500)',
    );
    const pools = shop.open({ poolSize: 1 });
    const source = await shop.source('resources: [{ name: items, table: items, ttl: 1m }]', pools);
    const client = await pools.work.connect();
    const queries = vi.spyOn(client, 'query');
    client.release();
    const found = await loadAll(source, ...Array.from({ length: 500 }, (_, at) => String(at + 1)));
    expect(found.map(textOf)).toEqual(found.map((_, at) => `{"id":${at + 1}}`));
    expect(queries).toHaveBeenCalledTimes(1);
  });

  it('give the tags that follow from them, encoded, and none for what is NULL', async () => {
    const shop = await openShop();
    const tags = `tags: [shop, "c:{category}", "n:{name}:{id}", "product:{id}", "code:{code}"]`;
    const yaml = products(`columns: [id], ${tags}`);
    const [bound] = await shop.bind(yaml);
    expect(tagsBeforeLoad(bound!, ['2'])).toEqual(['shop', 'product:2']);
    const found = await loadOne(await shop.source(yaml), '2');
    expect(found!.tags).toEqual(['c:a%20b', 'n:Gr%C3%B6%C3%9Fe%20%22M%22:2']);
    expect(textOf(found)).toBe('{"id":2}');
  });

  it('are found by keys of several columns of all types', async () => {
    const id = '0198c5f2-3b6a-7c1e-9d2f-8a4b5c6d7e8f';
    const shop = await openShop(`
      CREATE DOMAIN number AS bigint;
      CREATE TABLE parts (a smallint, b number, c uuid, d varchar(9), e text, PRIMARY KEY (a, b, c, d, e));
      INSERT INTO parts VALUES (-3, 9223372036854775807, '${id}', 'x,y', '{"a\\b%')`);
    const source = await shop.source('resources: [{ name: parts, table: parts, ttl: 1m, columns: [b] }]');
    const url = `-3,9223372036854775807,${id.toUpperCase()},x%2cy,%7B%22a%5Cb%25`;
    expect(textOf(await loadOne(source, url))).toBe('{"b":9223372036854775807}');
    await expect(loadOne(source, '-03,1,2')).rejects.toThrow(InvalidId);
  });

  it('of hostile names are no harm', async () => {
    const table = `we"ird'; DROP TABLE products; --`;
    const column = `"; SELECT 'x' --$1`;
    const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
    const shop = await openShop(`
      CREATE SCHEMA ":shop"; CREATE TABLE ":shop".${quote(table)} (${quote(column)} text PRIMARY KEY, "select" int);
      INSERT INTO ":shop".${quote(table)} VALUES ($$'; DROP$$, 7)`);
    const file = { resources: [{ name: 'odd', table: `:shop.${table}`, ttl: '1m', tags: [`t:{select}`] }] };
    const source = await shop.source(JSON.stringify(file));
    const found = await loadOne(source, encodeURIComponent(`'; DROP`));
    expect(JSON.parse(textOf(found)!)).toEqual({ [column]: `'; DROP`, select: 7 });
    expect(found!.tags).toEqual(['t:7']);
  });

  it('have the same text whatever the role has set', async () => {
    const shop = await openShop();
    await shop.owner.query(`ALTER ROLE CURRENT_USER SET timezone = 'Asia/Tokyo'`);
    await shop.owner.query(`ALTER ROLE CURRENT_USER SET datestyle = 'German'`);
    const source = await shop.source(products('columns: [at]'), shop.open());
    expect(textOf(await loadOne(source, '1'))).toBe('{"at":"2025-12-31T23:00:00+00:00"}');
  });
});

describe('rows of a query', () => {
  it('come all, in its order, or only the first', async () => {
    const shop = await openShop();
    const sql = 'SELECT id, price FROM products WHERE category = :category ORDER BY id DESC; -- newest first';
    const all = await shop.source(byCategory(sql, 'many: true'));
    expect((await loadAll(all, 'light', 'none', 'a%20b')).map(textOf)).toEqual([
      '[{"id":3,"price":0.10},{"id":1,"price":12.50}]',
      '[]',
      '[{"id":2,"price":3.00}]',
    ]);
    const first = await shop.source(byCategory(sql));
    expect((await loadAll(first, 'light', 'none')).map(textOf)).toEqual(['{"id":3,"price":0.10}', undefined]);
  });

  it('may have casts, strings, quotes and comments with colons in them', async () => {
    const shop = await openShop();
    const sql = `SELECT ':category'::text AS a, E'it\\':x' AS b, $q$:c$q$ AS c, "id" /* :d /* :e */ */, (ARRAY[1,2])[1 : 1] AS s
      -- :f
      FROM products WHERE category=:category::text AND :category IS NOT NULL ORDER BY id`;
    const source = await shop.source(byCategory(sql));
    expect(textOf(await loadOne(source, 'light'))).toBe(
      `{"a":":category","b":"it':x","c":":c","id":1,"s":[1]}`,
    );
  });

  it('have no names in common with what surrounds them', async () => {
    const shop = await openShop();
    const sql =
      'WITH answer AS (SELECT id AS ids FROM products AS found WHERE category = :category) SELECT answer.ids FROM answer ORDER BY 1';
    const source = await shop.source(byCategory(sql));
    expect(textOf(await loadOne(source, 'light'))).toBe('{"ids":1}');
  });
});

describe('failures', () => {
  it('of the connection are SourceUnavailable, and it recovers', async () => {
    const shop = await openShop();
    const source = await shop.source(products('columns: [id]'));
    await shop.owner.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    );
    const seen: unknown[] = [];
    const found = await eventually(() =>
      loadOne(source, '1').catch((error: unknown) => {
        seen.push(error);
        return undefined;
      }),
    );
    expect(textOf(found)).toBe('{"id":1}');
    for (const error of seen) expect(error).toBeInstanceOf(SourceUnavailable);
  });

  it('to connect are SourceUnavailable', async () => {
    const shop = await openShop();
    const url = new URL(shop.url);
    url.port = '1';
    const source = await shop.source(products(), shop.open({ url: url.href }));
    await expect(loadOne(source, '1')).rejects.toThrow(SourceUnavailable);
  });

  it('to get a connection in time are SourceUnavailable', async () => {
    const shop = await openShop();
    const pools = shop.open({ poolSize: 1, waitMs: 1_000 });
    const source = await shop.source(products(), pools);
    const taken = await pools.work.connect();
    await expect(loadOne(source, '1')).rejects.toThrow(SourceUnavailable);
    taken.release();
    expect(await loadOne(source, '1')).toBeDefined();
  });

  it('of the statement are errors that name the resource', async () => {
    const shop = await openShop();
    const source = await shop.source(products());
    await shop.owner.query('ALTER TABLE products DROP COLUMN price');
    const error = await loadOne(source, '1').catch((reason: unknown) => reason as Error);
    expect(error).not.toBeInstanceOf(SourceUnavailable);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^Loading products failed: column t\.price does not exist/),
    );
  });
});
