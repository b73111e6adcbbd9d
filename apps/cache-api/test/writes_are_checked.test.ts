import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { ConditionFailed } from '../src/domain/conditions.ts';
import { NotWritable, Rejected } from '../src/domain/write-errors.ts';
import { parseLsn } from './support/lsn.ts';
import { InvalidId } from '../src/domain/resources/ids.ts';
import { SourceUnavailable } from '../src/ports/source.ts';
import { startProxy } from './support/commit-proxy.ts';
import { loadOne, textOf, useShops, type Shop } from './support/shop.ts';

const openShop = useShops({ wal_level: 'logical' });

const YAML = `
resources:
  - name: products
    table: products
    columns: [id, name, price, code]
    strategy: write-through
    writable: [name, category, price, code]
    ttl: 5m
    tags: ["category:{category}"]`;

const FULL = { name: 'New', category: 'toys', price: 5, code: 'N' };

async function open(tables?: string, yaml = YAML) {
  const shop = await openShop(tables);
  return { shop, writer: await shop.writer(yaml), source: await shop.source(yaml) };
}

const refusal = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it was done'),
    (error: unknown) => error as Error,
  );

async function currentLsn({ owner }: Shop): Promise<bigint> {
  const { rows } = await owner.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  return parseLsn(rows[0]!.lsn);
}

const count = async ({ owner }: Shop): Promise<unknown> =>
  (await owner.query('SELECT count(*)::int FROM products')).rows[0];

describe('a replacement', () => {
  it('makes the row, and gives what the source would', async () => {
    const { shop, writer, source } = await open();
    const before = await currentLsn(shop);
    const written = await writer.replace('7', FULL);
    expect(textOf(written.loaded)).toBe('{"id":7,"name":"New","price":5.00,"code":"N"}');
    expect(written.loaded).toEqual(await loadOne(source, '7'));
    expect(written.loaded!.tags).toEqual(['category:toys']);
    expect(written.change).toEqual({
      kind: 'insert',
      table: 'public.products',
      after: new Map<string, string | null>([
        ['id', '7'],
        ['name', 'New'],
        ['category', 'toys'],
        ['price', '5.00'],
        ['code', 'N'],
        ['at', null],
      ]),
    });
    expect(written.version).toBeGreaterThanOrEqual(before);
    expect(written.version).toBeLessThanOrEqual(await currentLsn(shop));
  });

  it('makes the row this one: what is left out gets its default, what is not writable stays', async () => {
    const { writer, source } = await open();
    const { change, loaded } = await writer.replace('1', { name: 'Lantern', price: '12.345' });
    expect(textOf(loaded)).toBe('{"id":1,"name":"Lantern","price":12.35,"code":null}');
    expect(loaded).toEqual(await loadOne(source, '1'));
    if (change.kind !== 'update') throw new Error(change.kind);
    expect(change.before!.get('category')).toBe('light');
    expect(change.after.get('category')).toBeNull();
    expect(change.after.get('at')).toBe(change.before!.get('at'));
  });

  it('needs all columns that cannot be NULL', async () => {
    const { shop, writer } = await open();
    const error = await refusal(writer.replace('7', { name: 'New' }));
    expect(error).toBeInstanceOf(Rejected);
    expect(error).toMatchObject({
      message: 'A whole row of products needs price too: give all, or change single columns with PATCH.',
      column: 'price',
    });
    expect(await count(shop)).toEqual({ count: 3 });
  });

  it('by two at once makes one row, and the later one has the higher version', async () => {
    const { shop, writer, source } = await open();
    for (let id = 10; id < 20; id += 1) {
      const both = await Promise.all([
        writer.replace(String(id), { ...FULL, code: null, name: 'one' }),
        writer.replace(String(id), { ...FULL, code: null, name: 'other' }),
      ]);
      const [first, second] = both.toSorted((a, b) => (a.version < b.version ? -1 : 1));
      expect(both.map(({ change }) => change.kind).toSorted()).toEqual(['insert', 'update']);
      expect(first!.change.kind).toBe('insert');
      expect(await loadOne(source, String(id))).toEqual(second!.loaded);
    }
    expect(await count(shop)).toEqual({ count: 13 });
  });
});

describe('a patch', () => {
  it('changes what is given', async () => {
    const { writer, source } = await open();
    const written = await writer.patch('2', { category: null, code: 'x"y' });
    expect(textOf(written!.loaded)).toBe('{"id":2,"name":"Größe \\"M\\"","price":3.00,"code":"x\\"y"}');
    expect(written!.loaded).toEqual(await loadOne(source, '2'));
    expect(written!.loaded!.tags).toEqual([]);
  });

  it('of nothing changes nothing', async () => {
    const { writer, source } = await open();
    const written = await writer.patch('2', {});
    expect(written!.loaded).toEqual(await loadOne(source, '2'));
  });

  it('of a row that is not there is told so', async () => {
    const { shop, writer } = await open();
    expect(await writer.patch('99', { name: 'x' })).toBeUndefined();
    expect(await count(shop)).toEqual({ count: 3 });
  });

  it('keeps the digits of numbers that come as text', async () => {
    const { writer } = await open(
      'CREATE TABLE big (id bigint PRIMARY KEY, n bigint, d numeric, j jsonb, a int[]); INSERT INTO big VALUES (1)',
      'resources: [{ name: big, table: big, ttl: 1m, strategy: cache-aside, writable: [n, d, j, a] }]',
    );
    const fields = { n: '9007199254740993', d: '1.10000000000000000000001', j: { b: [1, null] }, a: [1, 2] };
    expect(textOf((await writer.patch('1', fields))!.loaded)).toBe(
      '{"id":1,"n":9007199254740993,"d":1.10000000000000000000001,"j":{"b": [1, null]},"a":[1,2]}',
    );
  });
});

describe('a removal', () => {
  it('gives the row that was', async () => {
    const { writer, source } = await open();
    const written = await writer.remove('1');
    expect(written).toMatchObject({
      loaded: undefined,
      change: { kind: 'delete', table: 'public.products' },
    });
    expect(written!.change).toHaveProperty('before', expect.any(Map));
    expect(await loadOne(source, '1')).toBeUndefined();
    expect(await writer.remove('1')).toBeUndefined();
  });
});

describe('conditions', () => {
  it('hold a write back when the row is another one', async () => {
    const { writer, source } = await open();
    const { etag } = (await loadOne(source, '1'))!;
    for (const ifMatch of ['"other"', `W/${etag}`]) {
      const error = await refusal(writer.patch('1', { name: 'x' }, { ifMatch }));
      expect(error).toBeInstanceOf(ConditionFailed);
      expect(error).toHaveProperty('etag', etag);
    }
    const { loaded } = (await writer.patch('1', { name: 'x' }, { ifMatch: `"other", ${etag}` }))!;
    expect(await refusal(writer.remove('1', { ifMatch: etag }))).toBeInstanceOf(ConditionFailed);
    expect(await writer.remove('1', { ifMatch: loaded!.etag })).toBeDefined();
    expect(await refusal(writer.replace('1', FULL, { ifMatch: '*' }))).toBeInstanceOf(ConditionFailed);
    expect(await writer.replace('1', FULL, { ifNoneMatch: '*' })).toBeDefined();
    expect(await refusal(writer.replace('1', FULL, { ifNoneMatch: '*' }))).toBeInstanceOf(ConditionFailed);
  });

  it('let one of many through that have seen the same row', async () => {
    const { writer, source } = await open();
    const { etag } = (await loadOne(source, '1'))!;
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => writer.patch('1', { name: `${n}` }, { ifMatch: etag })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConditionFailed);
    }
  });
});

describe('what is refused', () => {
  it('is a column that is not writable, or not there', async () => {
    const { writer } = await open();
    const error = await refusal(writer.patch('1', { prise: 1 }));
    expect(error).toBeInstanceOf(NotWritable);
    expect(error.message).toBe(
      'prise cannot be written in products, did you mean price? Writable: name, category, price, code.',
    );
    const both = await refusal(writer.replace('1', { ...FULL, id: 2, at: null }));
    expect(both.message).toBe('id, at cannot be written in products. Writable: name, category, price, code.');
    expect(await refusal(writer.patch('1', { 'name" = 1; --': 1 }))).toBeInstanceOf(NotWritable);
  });

  it('is an id that is none', async () => {
    const { writer } = await open();
    expect(await refusal(writer.patch('01', {}))).toBeInstanceOf(InvalidId);
  });

  const cases: [string, object, string | RegExp, string | undefined][] = [
    [
      'a text for a number',
      { name: 'x', price: 'much' },
      'invalid input syntax for type numeric: "much"',
      'price',
    ],
    ['a number too large', { price: 1e9 }, /^numeric field overflow; A field with precision 10/, 'price'],
    [
      'a text too long',
      { name: 'a', code: 'abcdef' },
      'value too long for type character varying(5)',
      'code',
    ],
    ['a NUL', { price: 1, name: 'a\0' }, /^unsupported Unicode escape sequence/, 'name'],
    [
      'NULL where there is none',
      { name: null },
      /^null value in column "name" of relation "products" violates/,
      'name',
    ],
    ['a broken check', { price: -1 }, /violates check constraint "products_price_check"/, undefined],
    [
      'a value that is taken',
      { code: 'L3' },
      /unique constraint "products_code_key"; Key \(code\)=\(L3\) already/,
      undefined,
    ],
  ];
  it.each(cases)('is %s', async (_, fields, message, column) => {
    const { shop, writer, source } = await open();
    const before = await loadOne(source, '1');
    const error = await refusal(writer.patch('1', fields as never));
    expect(error).toBeInstanceOf(Rejected);
    expect(error.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(error).toHaveProperty('column', column);
    expect(await loadOne(source, '1')).toEqual(before);
    const { rows } = await shop.owner.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()`,
    );
    expect(rows).toEqual([{ count: 0 }]);
  });

  it('is what a trigger refuses, raising or silent', async () => {
    const { shop, writer } = await open();
    await shop.owner.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.name = 'silent' THEN RETURN NULL; END IF;
        RAISE EXCEPTION 'not on Sundays'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON products FOR EACH ROW EXECUTE FUNCTION refuse()`);
    expect(await refusal(writer.patch('1', { name: 'x' }))).toEqual(new Rejected('not on Sundays'));
    const silent = { ...FULL, name: 'silent' };
    expect(await refusal(writer.patch('1', silent))).toBeInstanceOf(Rejected);
    expect(await refusal(writer.replace('9', silent))).toBeInstanceOf(Rejected);
  });

  it('is what breaks a constraint at COMMIT', async () => {
    const { shop, writer } = await open();
    await shop.owner.query(
      'ALTER TABLE products ADD CONSTRAINT later UNIQUE (name) DEFERRABLE INITIALLY DEFERRED',
    );
    const error = await refusal(writer.patch('1', { name: 'Bulb' }));
    expect(error).toBeInstanceOf(Rejected);
    expect(error.message).toMatch(/"later"/);
  });

  it('is not what lies in the declaration', async () => {
    const { shop, writer } = await open();
    await shop.owner.query('ALTER TABLE products DROP COLUMN category');
    const error = await refusal(writer.patch('1', { name: 'x' }));
    expect(error).not.toBeInstanceOf(Rejected);
    expect(error.message).toMatch(/^Writing products\/1 failed: column t\.category does not exist/);
  });
});

it('names that are hostile are no harm', async () => {
  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const [table, key, column] = [`t"; DROP TABLE x; --`, `k'$1"`, `c" = 'y', "k`] as const;
  const { writer, shop } = await open(
    `CREATE TABLE ${quote(table)} (${quote(key)} text PRIMARY KEY, ${quote(column)} text NOT NULL, "order" int)`,
    JSON.stringify({
      resources: [{ name: 'odd', table, ttl: '1m', strategy: 'write-through', writable: [column, 'order'] }],
    }),
  );
  const id = encodeURIComponent(`'; DROP`);
  await writer.replace(id, { [column]: `'); --`, order: 1 });
  await writer.replace(id, { [column]: `"`, order: 2 });
  const written = await writer.patch(id, { order: 3 });
  expect(JSON.parse(textOf(written!.loaded)!)).toEqual({ [key]: `'; DROP`, [column]: `"`, order: 3 });
  expect(await writer.remove(id)).toBeDefined();
  expect((await shop.owner.query(`SELECT * FROM ${quote(table)}`)).rows).toEqual([]);
});

it('a row of a key of several columns is written', async () => {
  const { writer } = await open(
    'CREATE TABLE texts (lang text, n smallint, body text DEFAULT $$none$$, PRIMARY KEY (n, lang))',
    'resources: [{ name: texts, table: texts, ttl: 1m, strategy: cache-aside, writable: [body] }]',
  );
  expect(textOf((await writer.replace('1,de', {})).loaded)).toBe('{"lang":"de","n":1,"body":"none"}');
  expect(textOf((await writer.replace('1,de', { body: 'x' })).loaded)).toBe('{"lang":"de","n":1,"body":"x"}');
  expect(textOf((await writer.replace('1,de', {})).loaded)).toBe('{"lang":"de","n":1,"body":"none"}');
});

describe('the version', () => {
  it('is read under the lock: who waits for the row gets a higher one', async () => {
    const { shop, writer } = await open();
    await shop.owner.query('BEGIN');
    await shop.owner.query(`UPDATE products SET name = 'first' WHERE id = 1`);
    const waiting = writer.patch('1', { name: 'second' });
    const other = shop.open();
    await eventually(async () => {
      const { rows } = await other.work.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      return rows.length === 1;
    });
    // Something of others that lies between.
    await writer.patch('2', { name: 'between' });
    const committing = await currentLsn(shop);
    await shop.owner.query('COMMIT');
    const written = await waiting;
    expect(written!.version).toBeGreaterThan(committing);
    expect(written!.change).toHaveProperty('before', expect.any(Map));
    if (written!.change.kind === 'update') expect(written!.change.before!.get('name')).toBe('first');
  });
});

describe('the change stream', () => {
  it('is told the key and version of each write in its transaction, and of none that is refused', async () => {
    const { shop, writer } = await open();
    const slot = `own_${Date.now()}`;
    await shop.owner.query(`SELECT pg_create_logical_replication_slot($1, 'test_decoding')`, [slot]);
    const versions: bigint[] = [];
    try {
      versions.push((await writer.replace('7', FULL)).version);
      versions.push((await writer.patch('7', { name: 'x' }))!.version);
      await refusal(writer.patch('7', { price: -1 }));
      await refusal(writer.patch('7', { name: 'y' }, { ifMatch: '"other"' }));
      await writer.patch('99', { name: 'y' });
      versions.push((await writer.remove('7'))!.version);
      const { rows } = await shop.owner.query<{ data: string; lsn: string }>(
        'SELECT data, lsn::text FROM pg_logical_slot_peek_changes($1, NULL, NULL) ORDER BY lsn',
        [slot],
      );
      const messages = rows.filter(({ data }) => data.startsWith('message:'));
      expect(messages.map(({ data }) => data.replace(/^.*?content:/, ''))).toEqual(
        versions.map((version) => `{"key" : "products/7", "version" : "${version}"}`),
      );
      for (const { data } of messages) {
        expect(data).toContain('transactional: 1 prefix: groundwork-cache,');
      }
      const commits = rows.filter(({ data }) => data.startsWith('COMMIT')).map(({ lsn }) => parseLsn(lsn));
      expect(commits).toHaveLength(3);
      for (const [at, commit] of commits.entries()) expect(commit).toBeGreaterThan(versions[at]!);
      expect(versions[1]).toBeGreaterThan(commits[0]!);
    } finally {
      await shop.owner.query('SELECT pg_drop_replication_slot($1)', [slot]);
    }
  });
});

describe('an answer that is lost', () => {
  it('at COMMIT is SourceUnavailable, and the connection is not used again', async () => {
    const shop = await openShop();
    const proxy = await startProxy(shop.url);
    try {
      const pools = shop.open({ url: proxy.url, poolSize: 1 });
      const writer = await shop.writer(YAML, pools);
      proxy.cutAt('COMMIT\0');
      expect(await refusal(writer.patch('1', { name: 'x' }))).toBeInstanceOf(SourceUnavailable);
      expect(pools.work.totalCount).toBe(0);
      // It was done, and nobody was told.
      await eventually(
        async () => (await shop.owner.query(`SELECT FROM products WHERE name = 'x'`)).rowCount === 1,
      );
      expect(await writer.patch('1', { name: 'y' })).toBeDefined();
    } finally {
      proxy.close();
    }
  });
});
