import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ResourceSource } from '../src/adapters/postgres/resource-source.ts';
import { SourceUnavailable } from '../src/ports/source.ts';
import { loadOne, textOf, useShops } from './support/shop.ts';
import { bindResources } from '../src/adapters/postgres/bind.ts';

const openShop = useShops();

const TABLES = `
  CREATE TABLE products (
    id integer PRIMARY KEY, name text NOT NULL, category text, price numeric(10,2) NOT NULL, stock smallint,
    big bigint, real real, ok boolean, made timestamptz, day date, at timestamp, doc jsonb, tags text[], ref uuid,
    code char(3), upper text GENERATED ALWAYS AS (upper(name)) STORED, slug text
  );
  CREATE UNIQUE INDEX ON products (slug) WHERE slug IS NOT NULL;
  CREATE VIEW cheap AS SELECT * FROM products WHERE price < 1;
  CREATE TABLE heap (a int, b int);
  CREATE TABLE doubles (a double precision PRIMARY KEY);
  CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TABLE folded (name text COLLATE insensitive PRIMARY KEY);
  CREATE TABLE identities (id int PRIMARY KEY, a int NOT NULL, b int);
  CREATE UNIQUE INDEX identities_a ON identities (a);`;

const table = (name: string, more = ''): string =>
  `resources: [{ name: r, table: "${name}", ttl: 1m, ${more} }]`;
const query = (sql: string, more = 'key: { c: text }'): string =>
  `resources: [{ name: r, query: ${JSON.stringify(sql)}, ttl: 1m, ${more} }]`;

describe('what a declaration is bound to', () => {
  it('has the schema of its rows', async () => {
    const shop = await openShop(TABLES);
    const [bound] = await shop.bind(table('products'));
    expect(bound).toMatchObject({ kind: 'table', key: [{ name: 'id', type: 'integer' }] });
    expect(bound!.schema).toEqual({
      type: 'object',
      required: bound!.columns.map(({ name }) => name),
      properties: {
        id: { type: 'integer' },
        name: { type: 'string' },
        category: { type: ['string', 'null'] },
        price: { type: 'number' },
        stock: { type: ['integer', 'null'] },
        big: { type: ['integer', 'null'], format: 'int64' },
        real: { type: ['number', 'null'] },
        ok: { type: ['boolean', 'null'] },
        made: { type: ['string', 'null'], format: 'date-time' },
        day: { type: ['string', 'null'], format: 'date' },
        at: { type: ['string', 'null'] },
        doc: {},
        tags: { type: ['array', 'null'] },
        ref: { type: ['string', 'null'], format: 'uuid' },
        code: { type: ['string', 'null'] },
        upper: { type: ['string', 'null'] },
        slug: { type: ['string', 'null'] },
      },
    });
  });

  it('has the schema of what its query gives', async () => {
    const shop = await openShop(TABLES);
    const sql = 'SELECT id, price AS cost, doc FROM products WHERE category = :c';
    const row = {
      type: 'object',
      required: ['id', 'cost', 'doc'],
      properties: { id: { type: ['integer', 'null'] }, cost: { type: ['number', 'null'] }, doc: {} },
    };
    expect((await shop.bind(query(sql)))[0]!.schema).toEqual(row);
    const many = await shop.bind(query(sql, 'key: { c: text }, many: true'));
    expect(many[0]!.schema).toEqual({ type: 'array', items: row });
  });

  it('knows the replica identity of the tables', async () => {
    const shop = await openShop(TABLES);
    const yaml = table('identities', 'key: [a]');
    const identity = async (): Promise<string[]> => [...(await shop.bind(yaml))[0]!.watches[0]!.identity];
    expect(await identity()).toEqual(['id']);
    // Then each update comes with all that was before.
    await shop.owner.query('ALTER TABLE identities REPLICA IDENTITY FULL');
    expect(await identity()).toEqual(['id']);
    await shop.owner.query('ALTER TABLE identities REPLICA IDENTITY USING INDEX identities_a');
    expect(await identity()).toEqual(['a']);
    await shop.owner.query('ALTER TABLE identities REPLICA IDENTITY NOTHING');
    expect(await identity()).toEqual([]);
  });
});

describe('a partitioned table', () => {
  const yaml = table('events', 'strategy: cache-aside, writable: [note]');
  const tables = `
    CREATE TABLE events (id int, day int, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)`;

  it('is read and written as any other', async () => {
    const shop = await openShop(tables);
    const writer = await shop.writer(yaml);
    expect((await writer.replace('1,15', { note: 'x' })).change).toMatchObject({
      kind: 'insert',
      table: 'public.events',
    });
    expect((await writer.replace('1,15', {})).change.kind).toBe('update');
    expect(textOf(await loadOne(await shop.source(yaml), '1,15'))).toBe('{"id":1,"day":15,"note":null}');
  });

  it('has the identity that all of its partitions have', async () => {
    const shop = await openShop(tables);
    const identity = async (): Promise<string[]> => [...(await shop.bind(yaml))[0]!.watches[0]!.identity];
    expect(await identity()).toEqual(['id', 'day']);
    await shop.owner.query('ALTER TABLE events_2 REPLICA IDENTITY NOTHING');
    expect(await identity()).toEqual([]);
  });
});

describe('what does not fit is named', () => {
  const cases: Record<string, [string, RegExp | string]> = {
    'no such table': [table('product'), 'there is no table public.product, did you mean products?'],
    'no such schema': [table('shop.products'), 'there is no table shop.products: schema shop has no tables'],
    'a table unlike any': [
      table('customers'),
      'there is no table public.customers: there are doubles, folded, heap, identities, products',
    ],
    'no such column': [
      table('products', 'columns: [id, prise]'),
      /^columns names prise, which public\.products does not have, did you mean price\? it has id, name, category, /,
    ],
    'no such column in a tag': [
      table('identities', 'tags: ["x:{other}"]'),
      'the tag x:{other} names other, which public.identities does not have: it has id, a, b',
    ],
    'no such column to write': [
      table('identities', 'strategy: cache-aside, writable: [c1]'),
      'writable names c1, which public.identities does not have: it has id, a, b',
    ],
    'a view': [
      table('cheap'),
      'public.cheap is a view, whose changes nobody is told of: declare a query with the tables it dependsOn',
    ],
    'no key': [
      table('heap'),
      'public.heap has no primary key: name the columns that identify one row, as key: [id]',
    ],
    'a key that is not unique': [
      table('heap', 'key: [a, b]'),
      'nothing says that (a, b) identifies one row: add a unique index on public.heap (a, b), or name other columns',
    ],
    'a key that is unique among some rows': [
      table('products', 'key: [slug]'),
      /^nothing says that \(slug\) identifies/,
    ],
    'a key of another type': [
      table('doubles'),
      'a is of type double precision, and ids are made of smallint, integer, bigint, text, varchar and uuid: name other columns',
    ],
    'a key without case': [
      table('folded'),
      'name has a collation for which different texts are equal, and so one row would have several ids: name another column, or give it a deterministic collation',
    ],
    'a computed column to write': [
      table('products', 'strategy: cache-aside, writable: [upper]'),
      'writable names upper, which Postgres computes: take it out',
    ],
    'the key to write': [
      table('products', 'strategy: cache-aside, writable: [id]'),
      'writable names id, which is part of the key, and the URL says that: take it out',
    ],
    'a query that is not SQL': [query('SELEC :c'), 'the query failed: syntax error at or near "SELEC"'],
    'a query of no such column': [
      query('SELECT nam FROM products WHERE category = :c'),
      /^the query failed: column "nam" does not exist; Perhaps you meant to reference the column "products.name"/,
    ],
    'a query that compares types': [
      query('SELECT id FROM products WHERE id = :c'),
      /^the query failed: operator does not exist: integer = text/,
    ],
    'a query that writes': [
      query('WITH gone AS (DELETE FROM products WHERE name = :c RETURNING id) SELECT * FROM gone'),
      /^the query failed: WITH clause containing a data-modifying statement must be at the top level/,
    ],
    'a column twice': [
      query('SELECT id, id FROM products WHERE name = :c'),
      'the query gives the column id twice: rename one with AS',
    ],
    'a dependency on no such table': [
      query('SELECT :c', 'key: { c: text }, dependsOn: [{ table: prodcts }]'),
      'there is no table public.prodcts, did you mean products?',
    ],
    'a dependency on no such column': [
      query('SELECT :c', 'key: { c: text }, dependsOn: [{ table: heap, on: { c: x } }]'),
      'dependsOn names x, which public.heap does not have: it has a, b',
    ],
    'a dependency on another type': [
      query('SELECT :c', 'key: { c: text }, dependsOn: [{ table: products, on: { c: id } }]'),
      'dependsOn: public.products.id is of type integer, and the parameter c of type text: their texts differ, so that changes would not be found; change the type in key',
    ],
    'a dependency on what is padded': [
      query('SELECT :c', 'key: { c: text }, dependsOn: [{ table: products, on: { c: code } }]'),
      /^code is of type character\(3\), and ids are made of/,
    ],
    'a dependency on a view': [
      query('SELECT :c', 'key: { c: text }, dependsOn: [{ table: cheap }]'),
      /^public\.cheap is a view/,
    ],
  };

  it.each(Object.entries(cases))('%s', async (_, [yaml, message]) => {
    const shop = await openShop(TABLES);
    const error = await shop.bind(yaml).catch((reason: unknown) => reason as Error);
    const [first, second = ''] = (error as Error).message.split('\n');
    expect(first).toBe('The cache file does not fit the database:');
    const said = second.replace(/^ {2}r: /, '');
    expect(said).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('all of it at once', async () => {
    const shop = await openShop(TABLES);
    const yaml = `resources: [{ name: a, table: x1, ttl: 1m }, { name: b, table: heap, ttl: 1m }]`;
    await expect(shop.bind(yaml)).rejects.toThrow(
      / {2}a: there is no table public.x1.*\n {2}b: public.heap has no/,
    );
  });

  it('a table that may not be read', async () => {
    const shop = await openShop(TABLES);
    await shop.owner.query('REVOKE SELECT ON products FROM CURRENT_USER');
    await expect(shop.bind(table('products'))).rejects.toThrow(
      'Loading r failed: permission denied for table products',
    );
  });

  it('but not while the database is away', async () => {
    const shop = await openShop(TABLES);
    const url = new URL(shop.url);
    url.port = '1';
    await expect(bindResources(shop.open({ url: url.href }), [])).rejects.toThrow(SourceUnavailable);
  });
});

describe('the demo', () => {
  const demo = (name: string): string =>
    readFileSync(new URL(`../../../tools/dev/${name}`, import.meta.url), 'utf8');

  it('fits its database, and fills it once', async () => {
    const sql = demo('demo/products.sql');
    const shop = await openShop(sql);
    const [products, byCategory] = (await shop.bind(demo('cache.yaml'))).map(
      (bound) => new ResourceSource(bound, shop.pools),
    );
    expect(textOf(await loadOne(products!, '1'))).toBe(
      '{"id":1,"name":"Sturdy backpack 1","description":"Backpack with steel, for 2 to 13 years of use.","category":"bags","price":81.18,"stock":229,"updated_at":"2026-01-01T08:37:00+00:00"}',
    );
    expect(JSON.parse(textOf(await loadOne(byCategory!, 'coffee'))!)).toHaveLength(100);
    await shop.owner.query(
      `DELETE FROM products WHERE id IN (2, 5000); UPDATE products SET name = 'Mine' WHERE id = 3`,
    );
    const { rows: added } = await shop.owner.query(
      `INSERT INTO products (name, category, price) VALUES ('New', 'toys', 1) RETURNING id`,
    );
    expect(added).toEqual([{ id: 5001 }]);
    await shop.owner.query(`${sql}; ${sql}`);
    const { rows } = await shop.owner.query(`
      SELECT count(*)::int, count(*) FILTER (WHERE name = 'Mine')::int AS mine, count(DISTINCT category)::int AS categories,
        min(price)::float >= 1.99 OR min(price) = 1 AS priced, (SELECT nextval('products_id_seq'))::int AS next FROM products`);
    expect(rows).toEqual([{ count: 4999, mine: 1, categories: 12, priced: true, next: 5002 }]);
  });
});
