import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCacheFile } from '../src/domain/resources/cache-file.ts';

/** What is said about a file, without its first line. */
function complaints(yaml: string): string[] {
  try {
    parseCacheFile(yaml);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
}

const resource = (text: string): string => `resources: [{ name: products, ${text} }]`;
const table = (text: string): string => resource(`table: products, ttl: 5m, ${text}`);
const query = (text: string, sql = 'SELECT :a'): string =>
  resource(`query: ${JSON.stringify(sql)}, ttl: 5m, ${text}`);
const namespace = (text: string): string => `namespaces: [{ name: sessions, ${text} }]`;

describe('a declaration', () => {
  it('of a table has defaults for everything but its name, table and ttl', () => {
    expect(parseCacheFile(resource('table: products, ttl: 5m')).resources).toEqual([
      {
        kind: 'table',
        name: 'products',
        table: 'public.products',
        key: undefined,
        columns: undefined,
        writable: [],
        strategy: 'read-through',
        visibility: 'private',
        tags: [],
        policy: {
          ttlMs: 300_000,
          jitter: 0.1,
          swrMs: 0,
          graceMs: 300_000,
          negativeTtlMs: 10_000,
          refreshAhead: undefined,
          earlyRefresh: 1,
          softTimeoutMs: 500,
          hardTimeoutMs: 2_000,
        },
      },
    ]);
  });

  it('takes all settings', () => {
    const [found] = parseCacheFile(`
resources:
  - name: products
    table: shop.Products
    key: [id, lang]
    columns: [id, name, price]
    strategy: write-through
    writable: [name, price]
    ttl: 1.5h
    jitter: 0
    staleWhileRevalidate: 30s
    staleIfError: 1h
    negativeTtl: 0s
    refreshAhead: 0.5
    earlyRefresh: 0
    softTimeout: 200ms
    hardTimeout: 3s
    visibility: shared
    tags: ["products", "category:{category}"]`).resources;
    expect(found).toMatchObject({
      table: 'shop.Products',
      key: ['id', 'lang'],
      columns: ['id', 'name', 'price'],
      writable: ['name', 'price'],
      visibility: 'shared',
      tags: [{ parts: ['products'] }, { parts: ['category:', { column: 'category' }] }],
      policy: {
        ttlMs: 5_400_000,
        jitter: 0,
        swrMs: 30_000,
        graceMs: 3_600_000,
        negativeTtlMs: 0,
        refreshAhead: 0.5,
        earlyRefresh: 0,
        softTimeoutMs: 200,
        hardTimeoutMs: 3_000,
      },
    });
  });

  it('of a query has its parameters in order, and what it depends on', () => {
    const [found] = parseCacheFile(`
resources:
  - name: by-category
    query: SELECT id FROM products WHERE category = :category AND lang = :lang
    key: { lang: text, category: text }
    many: true
    strategy: refresh-ahead
    ttl: 1m
    dependsOn:
      - { table: products, on: { category: category, lang: language } }
      - { table: shop.prices }`).resources;
    expect(found).toMatchObject({
      kind: 'query',
      many: true,
      parameters: [
        { name: 'lang', type: 'text' },
        { name: 'category', type: 'text' },
      ],
      dependsOn: [
        { table: 'public.products', on: { category: 'category', lang: 'language' } },
        { table: 'shop.prices', on: undefined },
      ],
      policy: { refreshAhead: 0.8 },
    });
  });

  it('of namespaces has its defaults', () => {
    const { namespaces } = parseCacheFile(`
namespaces:
  - { name: scratch, kind: volatile }
  - { name: long, kind: volatile, ttl: 7d, maxBytes: 64KiB, visibility: public }
  - { name: settings, kind: postgres, ttl: 10m, maxTtl: 20m, hardTimeout: 5s }`);
    expect(namespaces).toMatchObject([
      {
        kind: 'volatile',
        ttlMs: 3_600_000,
        maxTtlMs: 86_400_000,
        maxBytes: 1_048_576,
        visibility: 'private',
      },
      { kind: 'volatile', ttlMs: 604_800_000, maxTtlMs: 604_800_000, maxBytes: 65_536, visibility: 'public' },
      { kind: 'postgres', maxTtlMs: 1_200_000, policy: { ttlMs: 600_000, hardTimeoutMs: 5_000 } },
    ]);
    expect(namespaces[0]).not.toHaveProperty('policy');
  });

  it('of nothing is nothing', () => {
    const nothing = { resources: [], namespaces: [] };
    expect(parseCacheFile('')).toEqual(nothing);
    expect(parseCacheFile('resources:\nnamespaces:\n')).toEqual(nothing);
  });

  it('that comes with the project is valid', () => {
    const file = new URL('../../../tools/dev/cache.yaml', import.meta.url);
    const { resources, namespaces } = parseCacheFile(readFileSync(file, 'utf8'));
    expect([...resources, ...namespaces].map(({ name }) => name)).toEqual([
      'products',
      'products-by-category',
      'scratch',
      'settings',
    ]);
  });
});

describe('what is wrong is named, with its place and what helps', () => {
  const at = (path: string, message: string): string => `resources[0] (products), ${path}: ${message}`;
  const cases: Record<string, [string, string]> = {
    'an unknown setting': [
      table('stategy: cache-aside'),
      at('stategy', 'is not known, did you mean strategy?'),
    ],
    'a setting unlike any': [
      `resources: []\nfeeds: []`,
      'feeds: is not known: there are resources, namespaces',
    ],
    'a mistyped list': ['resurces: []', 'resurces: is not known, did you mean resources?'],
    'a mapping for a list': ['resources: { a: 1 }', 'resources: must be a list: write "- name: …" below it'],
    'a text for a resource': ['resources: [products]', 'resources[0]: must be a mapping, as "- name: …"'],
    'no name': ['resources: [{ table: a, ttl: 1m }]', 'resources[0], name: is missing: write name: products'],
    'a name in capitals': [
      'resources: [{ name: Products, table: a, ttl: 1m }]',
      'resources[0] (Products), name: must be lower-case letters, digits and dashes, a letter first, 63 at most',
    ],
    'no ttl': [resource('table: a'), at('ttl', 'is missing: say how long an entry is fresh, as ttl: 5m')],
    'a bare number': [resource('table: a, ttl: 300'), at('ttl', '300 has no unit: write 300s or 300ms')],
    'a bare number as text': [resource('table: a, ttl: "5"'), at('ttl', '5 has no unit: write 5s or 5ms')],
    'a bare 0': [table('negativeTtl: 0'), at('negativeTtl', '0 has no unit: write 0s or 0ms')],
    'another unit': [
      resource('table: a, ttl: 5min'),
      at('ttl', '"min" is no unit: there are ms, s, m, h, d'),
    ],
    'a negative time': [
      resource('table: a, ttl: -5m'),
      at('ttl', 'must be a number with a unit (ms, s, m, h, d), as 5m'),
    ],
    'a ttl of nothing': [resource('table: a, ttl: 0s'), at('ttl', 'must be between 1ms and 30d')],
    'a ttl too long': [resource('table: a, ttl: 31d'), at('ttl', 'must be between 1ms and 30d')],
    'a grace too long': [
      table('staleIfError: 31d'),
      at('staleIfError', 'is longer than 30d, which is the longest there is'),
    ],
    'a share as percent': [table('jitter: 10%'), at('jitter', 'must be a number between 0 and 1')],
    'a refresh at the end': [
      table('refreshAhead: 1'),
      at('refreshAhead', 'must be less than 1: it is a share of the ttl'),
    ],
    'a refresh at once': [
      table('refreshAhead: 0'),
      at('refreshAhead', 'must be more than 0: leave it out to turn it off'),
    ],
    'timeouts the wrong way round': [
      table('hardTimeout: 300ms'),
      at(
        'softTimeout',
        'must be less than hardTimeout, and they are 500ms and 300ms (500ms and 2000ms if left out)',
      ),
    ],
    'neither table nor query': [
      resource('ttl: 1m'),
      at('table', 'a resource has exactly one of table and query'),
    ],
    'both of them': [table('query: SELECT 1'), at('table', 'a resource has exactly one of table and query')],
    'a dot too many': [
      resource('table: a.b.c, ttl: 1m'),
      at('table', 'must be a table or schema.table; there can be no other dot in it'),
    ],
    'another strategy': [
      table('strategy: write-behind'),
      at('strategy', 'must be cache-aside, read-through, write-through or refresh-ahead'),
    ],
    'another visibility': [table('visibility: all'), at('visibility', 'must be private, public or shared')],
    'writes with the wrong strategy': [
      table('writable: [name]'),
      at('writable', 'needs the strategy cache-aside or write-through, and it is read-through'),
    ],
    'a write-through of nothing': [
      table('strategy: write-through'),
      at('writable', 'is missing: write-through has to know which columns may be written'),
    ],
    'a writable key': [
      table('key: [id], writable: [id], strategy: cache-aside'),
      at('writable', 'id is part of the key, which the URL says: take it out'),
    ],
    'a column twice': [table('columns: [id, id]'), at('columns', 'id is there twice: take one out')],
    'no column': [table('columns: []'), at('columns', 'is empty: name one, or leave it out')],
    'a table with types': [
      table('key: { id: int }'),
      at('key', 'of a table is a list of its columns, as [id]; a mapping to types is for a query'),
    ],
    'a table of many': [table('many: true'), at('many', 'is for a query: a table gives one row per key')],
    'a table that depends': [
      table('dependsOn: []'),
      at('dependsOn', 'is for a query: a table depends on itself'),
    ],
    'a query without parameters': [
      query('key: [a]'),
      at(
        'key',
        'of a query says the type of each parameter, and there is at least one, as { category: text }',
      ),
    ],
    'another type': [query('key: { a: float }'), at('key.a', 'must be text, int, bigint, uuid or smallint')],
    'a parameter that cannot be written in SQL': [
      query('key: { a: int, b-c: int }'),
      at('key.b-c', 'a parameter is letters, digits and _, no digit first'),
    ],
    'a text for a key': [
      table('key: id'),
      at('key', 'must be a list of columns, as [id], or for a query a mapping, as { category: text }'),
    ],
    'an empty key': [table('key: []'), at('key', 'is empty: name one, or leave it out')],
    'a number for a column': [table('columns: [id, 3]'), at('columns[1]', 'must be a name')],
    'a writable query': [
      query('key: { a: int }, strategy: cache-aside, writable: [a]'),
      at('writable', 'is for a table: a query cannot be written'),
    ],
    'a query with columns': [
      query('key: { a: int }, columns: [a]'),
      at('columns', 'is for a table: a query names its columns itself'),
    ],
    'a mistyped parameter': [
      query('key: { category: text }', 'SELECT :catgory, :category'),
      at(
        'query',
        ':catgory is not in key, did you mean category?: there is category (write ": catgory" if it is the slice of an array)',
      ),
    ],
    'a parameter that is not used': [
      query('key: { a: int, b: int }'),
      at('key.b', ':b is not in the query: use it, or take it out'),
    ],
    'a numbered parameter': [
      query('key: { a: int }', 'SELECT :a, $1'),
      at('query', '$1 is no parameter here: write :name'),
    ],
    'two statements': [
      query('key: { a: int }', 'SELECT :a; DROP TABLE a'),
      at('query', 'has more than one statement: a resource is one query, without anything after its ;'),
    ],
    'an open string': [query('key: { a: int }', `SELECT :a, 'x`), at('query', `a ' is not closed, in "'x"`)],
    'an open comment': [
      query('key: { a: int }', 'SELECT :a /* /* */'),
      at('query', 'a /* is not closed, in "/* /* */"'),
    ],
    'an open dollar': [
      query('key: { a: int }', 'SELECT :a, $x$ y'),
      at('query', 'a $x$ is not closed, in "$x$ y"'),
    ],
    'a dependency on half of the key': [
      query('key: { a: int, b: int }, dependsOn: [{ table: t, on: { a: a } }]', 'SELECT :a, :b'),
      at(
        'dependsOn[0].on',
        'says nothing about b: name all parameters, or leave out "on", then every change of the table counts',
      ),
    ],
    'a dependency on no parameter': [
      query('key: { a: int }, dependsOn: [{ table: t, on: { a: a, x: y } }]'),
      at('dependsOn[0].on.x', 'is no parameter of the query: there is a'),
    ],
    'a dependency without a table': [
      query('key: { a: int }, dependsOn: [{ on: { a: a } }]'),
      at('dependsOn[0].table', 'is missing: write table: products'),
    ],
    'a mistyped dependency': [
      query('key: { a: int }, dependsOn: [{ tabel: t, table: t }]'),
      at('dependsOn[0].tabel', 'is not known, did you mean table?'),
    ],
    'a tag of no parameter': [
      query('key: { a: int }, tags: ["x:{b}"]'),
      at('tags[0]', '{b} is no parameter of the query: there is a'),
    ],
    'a tag with a space': [
      table('tags: [a, "b c"]'),
      at('tags[1]', 'has " " in it, and tags are printable ASCII without spaces, commas and #'),
    ],
    'a tag with a comma': [
      table('tags: ["a,b"]'),
      at('tags[0]', 'has "," in it, and tags are printable ASCII without spaces, commas and #'),
    ],
    'a tag with half a column': [
      table('tags: ["a{b"]'),
      at('tags[0]', 'has a brace without its other one: columns are written as {column}'),
    ],
    'a tag of no column': [
      table('tags: ["a{}"]'),
      at('tags[0]', 'has {} without a name: columns are written as {column}'),
    ],
    'an empty tag': [table('tags: [""]'), at('tags[0]', 'is empty: take it out')],
    'a long tag': [
      table(`tags: [${'x'.repeat(257)}]`),
      at('tags[0]', 'is longer than 256 characters: shorten it'),
    ],
    'many tags': [
      table(`tags: [${Array.from({ length: 51 }, (_, n) => `t${n}`).join(', ')}]`),
      at('tags', 'are more than 50: take some out'),
    ],
    'a namespace without a kind': [
      namespace('ttl: 1m'),
      'namespaces[0] (sessions), kind: is missing: write kind: volatile, or kind: postgres',
    ],
    'a volatile one that loads': [
      namespace('kind: volatile, hardTimeout: 1s'),
      'namespaces[0] (sessions), hardTimeout: is for the kind postgres: what is volatile is loaded from nowhere',
    ],
    'a longest ttl below the usual one': [
      namespace('kind: volatile, ttl: 1h, maxTtl: 1m'),
      'namespaces[0] (sessions), maxTtl: must be at least the ttl, and they are 60000ms and 3600000ms',
    ],
    'bytes without a unit': [
      namespace('kind: volatile, maxBytes: 1024'),
      'namespaces[0] (sessions), maxBytes: 1024 has no unit: write 1024KiB or 1024B',
    ],
    'bytes in MB': [
      namespace('kind: volatile, maxBytes: 1MB'),
      'namespaces[0] (sessions), maxBytes: "MB" is no unit: there are B, KiB, MiB',
    ],
    'too many bytes': [
      namespace('kind: volatile, maxBytes: 9MiB'),
      'namespaces[0] (sessions), maxBytes: must be between 1B and 8MiB',
    ],
    'one name in both lists': [
      `${table('')}\nnamespaces: [{ name: products, kind: volatile }]`,
      'namespaces[0] (products), name: is there twice, first in resources[0]: rename one',
    ],
  };
  it.each(Object.entries(cases))('%s', (_, [yaml, message]) => {
    expect(complaints(yaml)).toEqual(['The cache file is not valid:', message]);
  });

  it('YAML that is none', () => {
    expect(complaints('resources: [')[0]).toMatch(/^The cache file is not YAML: .*line 1/);
    expect(complaints('- a')).toEqual([
      'The cache file must be a mapping with resources and namespaces at its top.',
    ]);
    expect(complaints('resources: []\nresources: []')[0]).toMatch(/Map keys must be unique/);
  });

  it('all of it at once', () => {
    const yaml = `
resources:
  - { name: a, table: a, ttl: 5, jitter: 2 }
  - { name: b, table: b, ttl: 1m, many: true }
  - { name: a, table: c, ttl: 1m }`;
    expect(complaints(yaml)).toEqual([
      'The cache file is not valid:',
      'resources[0] (a), ttl: 5 has no unit: write 5s or 5ms',
      'resources[0] (a), jitter: must be a number between 0 and 1',
      'resources[1] (b), many: is for a query: a table gives one row per key',
      'resources[2] (a), name: is there twice, first in resources[0]: rename one',
    ]);
  });
});
