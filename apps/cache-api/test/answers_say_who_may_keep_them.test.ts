import { authenticateByApiKey, authenticateByJwt, generateApiKey } from '@groundwork/service';
import { createDatabase } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { request } from 'node:http';
import { createSweeper } from '../src/sweep-values.ts';
import { logger } from './support/postgres.ts';
import { describe, expect, it } from 'vitest';
import type { Instance } from './support/instance.ts';
import { useServices, YAML } from './support/services.ts';

const service = useServices(undefined);
const quiet = { settings: { INVALIDATION: 'off' }, untilFollowed: false } as const;

describe('an answer from a public resource', () => {
  it('may be kept by shared caches for its TTL, shown stale as declared, and be purged by tag', async () => {
    const { start } = await service(YAML.replace('staleWhileRevalidate: 0s', 'staleWhileRevalidate: 30s'));
    const instance = await start(quiet);
    for (const how of ['miss source won', 'hit l1']) {
      const { headers, how: said } = await instance.get('/v1/resources/products/1');
      expect(said).toBe(how);
      expect(headers.get('cache-control')).toBe(
        'public, max-age=0, s-maxage=300, stale-while-revalidate=30, stale-if-error=3600',
      );
      expect(headers.get('cdn-cache-control')).toBe(
        'max-age=300, stale-while-revalidate=30, stale-if-error=3600',
      );
      expect(headers.get('cache-tag')).toBe('key:products/1,all:products,shop,category:light');
      expect(headers.get('vary')).toBe('Authorization, Cookie, X-Api-Key');
      expect(headers.get('age')).toBe('0');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-status')).toMatch(
        /^groundwork; (hit|fwd=miss; stored); ttl=\d+; detail="tier=(l1|source) age=0 version=unknown lease=(none|won)"$/,
      );
    }
  });

  it.each([
    ['authorization', 'Basic YTpi'],
    ['cookie', 'session=1'],
    ['x-api-key', 'secret'],
  ])('is private when it was asked for with %s, as a hit too', async (name, value) => {
    const instance = await (await service()).start(quiet);
    for (let time = 0; time < 2; time += 1) {
      const { status, headers } = await instance.get('/v1/resources/products/1', { [name]: value });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('cdn-cache-control')).toBeNull();
      expect(headers.get('cache-tag')).toBeNull();
    }
  });

  it('that there is nothing may be kept for the negative TTL', async () => {
    const instance = await (await service()).start(quiet);
    for (const how of ['miss source won', 'hit l1']) {
      const reply = await instance.get('/v1/resources/products/404');
      expect([reply.status, reply.how]).toEqual([404, how]);
      expect(reply.headers.get('cache-control')).toBe('public, max-age=0, s-maxage=10');
      expect(reply.headers.get('cache-tag')).toBe('key:products/404,all:products,shop');
      expect(reply.json).toMatchObject({ code: 'entry_not_found', detail: 'There is no products/404.' });
    }
  });
});

it('an answer from a private resource is private, and one from a shared one is for everybody', async () => {
  const instance = await (await service()).start(quiet);
  const list = await instance.get('/v1/resources/by-category/light');
  expect(list.headers.get('cache-control')).toBe('private, no-cache');
  await instance.send('PUT', '/v1/kv/settings/a', 'x');
  const value = await instance.get('/v1/kv/settings/a', { cookie: 'session=1' });
  expect(value.headers.get('cache-control')).toMatch(/^public, max-age=0, s-maxage=\d+/);
  expect(value.headers.get('vary')).toBeNull();
});

describe('a conditional read', () => {
  it('is answered with 304 without a body when the client has it, hit or not', async () => {
    const instance = await (await service()).start(quiet);
    const etag = (await instance.get('/v1/resources/products/1')).headers.get('etag')!;
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const reply = await instance.get('/v1/resources/products/1', { 'if-none-match': given });
      expect([reply.status, reply.text]).toEqual([304, '']);
      expect(reply.headers.get('etag')).toBe(etag);
      expect(reply.headers.get('content-length')).toBeNull();
      expect(reply.headers.get('cache-control')).toContain('s-maxage');
    }
    const reply = await instance.get('/v1/resources/products/1', { 'if-none-match': '"other"' });
    expect(reply.status).toBe(200);
  });

  it('by HEAD has the headers of the read and no body', async () => {
    const instance = await (await service()).start(quiet);
    const read = await instance.get('/v1/resources/products/1');
    const head = await instance.send('HEAD', '/v1/resources/products/1');
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'content-type', 'cache-control']) {
      expect(head.headers.get(name)).toBe(read.headers.get(name));
    }
  });
});

describe('with API keys', () => {
  const reader = generateApiKey('reader', ['cache:read']);
  const writer = generateApiKey('writer', ['cache:write', 'cache:invalidate']);
  const authenticate = authenticateByApiKey([reader.record, writer.record]);

  it('hits and misses alike need a key with the scope', async () => {
    const instance = await (await service()).start({ ...quiet, authenticate, untilFollowed: false });
    const statuses = async (path: string, headers: Record<string, string>) =>
      [await instance.get(path, headers), await instance.get(path, headers)].map(({ status }) => status);
    const path = '/v1/resources/products/1';
    expect(await statuses(path, {})).toEqual([401, 401]);
    expect(await statuses(path, { 'x-api-key': reader.key })).toEqual([200, 200]);
    expect(await statuses(path, {})).toEqual([401, 401]);
    expect(await statuses(path, { 'x-api-key': 'wrong' })).toEqual([401, 401]);
    expect(await statuses(path, { 'x-api-key': writer.key })).toEqual([403, 403]);
    expect(await statuses('/v1/resources/none/1', {})).toEqual([401, 401]);
    const batch = await instance.send('POST', '/v1/resources/products/batch-get', { ids: ['1'] });
    expect(batch.status).toBe(401);
    const key = { 'x-api-key': reader.key };
    expect((await instance.send('PATCH', path, { price: 1 }, key)).status).toBe(403);
    expect((await instance.send('PUT', '/v1/kv/scratch/a', 'x', key)).status).toBe(403);
    expect((await instance.send('POST', '/v1/invalidate', { keys: ['products/1'] }, key)).status).toBe(403);
    expect((await instance.get('/v1/kv/scratch/a?lease=5s', key)).status).toBe(403);
  });

  it('a token that takes time to be checked gets the same answers', async () => {
    const slow = authenticateByJwt({
      issuer: 'a',
      audience: 'b',
      algorithms: ['RS256'],
      keys: () => Promise.reject(new Error('never reached')),
    });
    const instance = await (await service()).start({ ...quiet, authenticate: slow });
    expect((await instance.get('/v1/resources/products/1')).status).toBe(401);
    const reply = await instance.get('/v1/resources/products/1', { authorization: 'Bearer x.y.z' });
    expect([reply.status, (reply.json as { code: string }).code]).toEqual([401, 'unauthenticated']);
  });
});

it('without authentication, a web page of another site is refused hits too', async () => {
  const instance = await (await service()).start(quiet);
  await instance.get('/v1/resources/products/1');
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    expect(await statusOf(instance, headers)).toBe(403);
  }
  expect(await statusOf(instance, { host: 'evil.example' })).toBe(421);
});

/** fetch does not let these headers be set. */
function statusOf({ url }: Instance, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${url}/v1/resources/products/1`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

it('many are had at once, those that are missing with one query, each with its own status', async () => {
  const { start, shop } = await service(
    `resources: [{ name: counted, ttl: 5m, query: "SELECT :id::int AS id, nextval('loads') AS n WHERE :id < 3", key: { id: int }, dependsOn: [{ table: products }] }]`,
    'CREATE TABLE products (id int PRIMARY KEY); CREATE SEQUENCE loads;',
  );
  const instance = await start(quiet);
  await instance.get('/v1/resources/counted/1');
  const reply = await instance.send('POST', '/v1/resources/counted/batch-get', { ids: ['2', '1', '7', '2'] });
  expect(reply.json).toMatchObject({
    items: [
      { id: '2', status: 200, value: { id: 2 }, cacheStatus: expect.stringContaining('fwd=miss') },
      { id: '1', status: 200, value: { id: 1 }, cacheStatus: expect.stringContaining('hit') },
      { id: '7', status: 404 },
      { id: '2', status: 200, value: { id: 2 } },
    ],
  });
  const { rows } = await shop.owner.query<{ last_value: string }>('SELECT last_value FROM loads');
  expect(rows[0]?.last_value).toBe('2');
});

it('values of any type come back as they were put, one by one and at once', async () => {
  const instance = await (await service()).start(quiet);
  const bytes = new Uint8Array([0, 255, 128]);
  await instance.send('PUT', '/v1/kv/scratch/a%2Fb%20%C3%BC', bytes, {
    'content-type': 'application/octet-stream',
  });
  const answer = await fetch(`${instance.url}/v1/kv/scratch/a/b%20ü`);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  await instance.send('PUT', '/v1/kv/scratch/json', { deep: [1] });
  const batch = await instance.send('POST', '/v1/kv/scratch/batch-get', { ids: ['a/b ü', 'json', 'none'] });
  expect(batch.json).toMatchObject({
    items: [
      { status: 200, contentType: 'application/octet-stream', base64: 'AP+A' },
      { status: 200, contentType: 'application/json', text: '{"deep":[1]}' },
      { status: 404 },
    ],
  });
});

it('the description has each resource with the schema of its table', async () => {
  const instance = await (await service()).start(quiet);
  const { paths } = (await instance.get('/openapi.json')).json as { paths: Record<string, object> };
  expect(paths['/v1/resources/products/{id}']).toMatchObject({
    get: {
      responses: {
        200: { content: { 'application/json': { schema: { properties: { price: { type: 'number' } } } } } },
      },
    },
    patch: {
      requestBody: {
        content: { 'application/json': { schema: { properties: { name: {}, price: {}, category: {} } } } },
      },
    },
  });
  expect(Object.keys(paths['/v1/resources/by-category/{id}'] ?? {})).toEqual(['get']);
});

it('a value that cannot be sent is a problem, and not the end of the process', async () => {
  const { start, shop } = await service();
  const instance = await start(quiet);
  await shop.owner.query(
    `INSERT INTO cache_api.kv_entries (namespace, key, body, content_type, etag) VALUES ('settings', 'bad', 'x', E'text/plain\\nx', '"1"')`,
  );
  expect((await instance.get('/v1/kv/settings/bad')).status).toBe(500);
  expect((await instance.get('/v1/resources/products/1?v=2')).status).toBe(200);
});

it('a value that has ended is gone from the table too, some time later', async () => {
  const { start, shop } = await service();
  const instance = await start(quiet);
  await instance.send('PUT', '/v1/kv/settings/short?ttl=50ms', 'x');
  await instance.send('PUT', '/v1/kv/settings/long', 'x');
  await eventually(async () => (await instance.get('/v1/kv/settings/short')).status === 404);
  const database = createDatabase<unknown>(
    { DATABASE_URL: shop.url, DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: 5_000 },
    logger,
    { schema: 'cache_api' },
  );
  await instance.stop();
  const sweeper = createSweeper(database, { logger, ttlSeconds: 2, everyMs: 50 });
  void sweeper.start?.();
  await eventually(async () => {
    const { rows } = await shop.owner.query<{ key: string }>('SELECT key FROM cache_api.kv_entries');
    return rows.length === 1 && rows[0]?.key === 'long';
  });
  await sweeper.stop?.(AbortSignal.timeout(1_000));
  await database.db.destroy();
});
