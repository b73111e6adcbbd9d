import { ConfigError, parseConfig } from '@groundwork/service';
import { describe, expect, it } from 'vitest';
import { Config } from '../src/config.ts';
import { useServices } from './support/services.ts';

const service = useServices(undefined);
const quiet = { settings: { INVALIDATION: 'off' }, untilFollowed: false } as const;

describe('at start', () => {
  const base = { DATABASE_URL: 'postgres://a:b@127.0.0.1/c', AUTH_MODE: 'none' };
  it.each([
    [{ STORE: 'redis' }, 'REDIS_URL'],
    [{ STORE: 'redis', REDIS_URL: 'localhost:6379' }, 'must look like redis://host:6379'],
    [{ STORE: 'memcached' }, 'MEMCACHED_SERVERS'],
    [{ STORE: 'memcached', MEMCACHED_SERVERS: 'cache' }, 'must be host:port'],
    [
      { STORE: 'redis', REDIS_CLUSTER: 'true', REDIS_URL: 'redis://a', BUS: 'redis' },
      'does not keep the order',
    ],
    [{ L1_MAX_STALE_MS: '5' }, 'L1_MAX_STALE_MS'],
    [{ RESOURCES_YAML: 'resources: [{ name: a, table: t, ttl: 5 }]' }, '5 has no unit'],
    [{ RESOURCES_YAML: 'resorces: []' }, 'did you mean resources'],
  ])('%j says what is wrong', (settings, sentence) => {
    expect(() => parseConfig(Config, { ...base, ...settings })).toThrow(ConfigError);
    expect(() => parseConfig(Config, { ...base, ...settings })).toThrow(sentence);
  });

  it('a column that is not there is named, with those that are', async () => {
    const { start } = await service(
      'resources: [{ name: a, table: products, ttl: 5m, columns: [id, prize] }]',
    );
    await expect(start(quiet)).rejects.toThrow(
      /names prize, which public.products does not have, did you mean price/,
    );
  });
});

describe('a request', () => {
  const CASES: [string, string, unknown, Record<string, string>, number, string, string][] = [
    [
      'GET',
      '/v1/resources/products/01',
      undefined,
      {},
      400,
      'invalid_id',
      'without sign + and leading zeros',
    ],
    ['GET', '/v1/resources/products/1,2', undefined, {}, 400, 'invalid_id', 'has 1 part (id)'],
    [
      'GET',
      '/v1/resources/nothing/1',
      undefined,
      {},
      404,
      'resource_not_found',
      'there are products, by-category',
    ],
    ['GET', '/v1/kv/nothing/1', undefined, {}, 404, 'namespace_not_found', 'there are scratch, settings'],
    ['GET', '/v1/kv/scratch/%E0%A4%A', undefined, {}, 400, 'invalid_id', 'percent-encoded'],
    ['GET', '/v1/kv/scratch/a?lease=5', undefined, {}, 400, 'invalid_request', '?lease=5s'],
    ['GET', '/v1/kv/settings/a?lease=5s', undefined, {}, 400, 'invalid_request', 'loads by itself'],
    ['PUT', '/v1/resources/products/1', { name: 'x' }, {}, 422, 'rejected', 'needs price too'],
    ['PATCH', '/v1/resources/products/1', { prize: 1 }, {}, 400, 'not_writable', 'did you mean price'],
    ['PATCH', '/v1/resources/products/1', { price: 'much' }, {}, 422, 'rejected', 'invalid input syntax'],
    ['PATCH', '/v1/resources/products/1', { price: -1 }, {}, 422, 'rejected', 'check constraint'],
    ['PATCH', '/v1/resources/products/9', { price: 1 }, {}, 404, 'entry_not_found', 'products/9'],
    [
      'PATCH',
      '/v1/resources/products/1',
      { price: 1 },
      { 'if-match': '"no"' },
      412,
      'condition_failed',
      'has changed',
    ],
    ['PATCH', '/v1/resources/products/1', '{', {}, 400, 'malformed_json', ''],
    ['DELETE', '/v1/resources/by-category/a', undefined, {}, 405, 'read_only', 'writable'],
    ['PUT', '/v1/kv/scratch/a', 'x'.repeat(2_000), {}, 413, 'body_too_large', '1024'],
    ['PUT', '/v1/kv/scratch/a?ttl=5', 'x', {}, 400, 'invalid_ttl', 'write 5s or 5ms'],
    ['PUT', '/v1/kv/scratch/a?ttl=0s', 'x', {}, 400, 'invalid_ttl', 'longer than nothing'],
    ['PUT', '/v1/kv/scratch/a?ttl=2h', 'x', {}, 400, 'invalid_ttl', 'nothing longer than 3600s'],
    ['PUT', '/v1/kv/scratch/a?tags=a%20b', 'x', {}, 400, 'invalid_tags', '"a b" is no tag'],
    ['PUT', '/v1/kv/scratch/a', 'x', { 'if-none-match': '"a"' }, 400, 'invalid_request', 'must be *'],
    ['PUT', '/v1/kv/scratch/a', 'x', { 'if-match': '"a"' }, 412, 'condition_failed', 'There is none'],
    ['PUT', '/v1/kv/scratch/a', 'x', { 'cache-lease': 'nonsense' }, 409, 'lease_lost', 'not the Cache-Lease'],
    ['DELETE', '/v1/kv/scratch/none', undefined, {}, 404, 'entry_not_found', 'scratch/none'],
    ['POST', '/v1/invalidate', {}, {}, 400, 'invalid_request', 'at least one key, tag or namespace'],
    ['POST', '/v1/invalidate', { keys: ['products'] }, {}, 400, 'invalid_request', 'name/id'],
    [
      'POST',
      '/v1/invalidate',
      { keys: ['prodcts/1'] },
      {},
      404,
      'namespace_not_found',
      'Nothing was invalidated',
    ],
    [
      'POST',
      '/v1/invalidate',
      { namespaces: ['prodcts'] },
      {},
      404,
      'namespace_not_found',
      'there are products',
    ],
    ['POST', '/v1/invalidate?wait=some', { tags: ['a'] }, {}, 400, 'invalid_request', 'must be all'],
    ['POST', '/v1/resources/products/batch-get', { ids: [] }, {}, 400, 'invalid_request', 'ids'],
    ['POST', '/v1/resources/products/batch-get', { ids: ['x'] }, {}, 400, 'invalid_id', '"x"'],
    ['POST', '/v1/resources/products/batch-get', '{', {}, 400, 'malformed_json', ''],
    ['POST', '/v1/kv/scratch/batch-get', { ids: ['a', '\0'] }, {}, 400, 'invalid_id', 'NUL'],
    ['POST', '/v1/kv/scratch/batch-get', { ids: ['x'.repeat(1_025)] }, {}, 400, 'invalid_id', '1024'],
    ['POST', '/v1/invalidate', { keys: ['scratch/\0'] }, {}, 400, 'invalid_id', 'NUL'],
    ['PUT', '/v1/kv/settings/a', 'x', { 'cache-lease': 'e30' }, 400, 'invalid_request', 'volatile'],
    ['PUT', '/V1/KV/scratch/a', {}, {}, 404, 'not_found', 'docs'],
    ['GET', '/v1/resources/products', undefined, {}, 404, 'not_found', 'docs'],
  ];

  it('that cannot be done is answered with what to do', async () => {
    const instance = await (await service()).start(quiet);
    const answers = [];
    for (const [method, path, body, headers, status, code, sentence] of CASES) {
      const reply = await instance.send(method, path, body, headers);
      const problem = reply.json as { code?: string; detail?: string } | undefined;
      const isRight = reply.status === status && problem?.code === code && problem.detail?.includes(sentence);
      if (isRight !== true) answers.push([method, path, reply.status, problem?.code, problem?.detail]);
      expect(reply.headers.get('x-request-id')).not.toBeNull();
    }
    expect(answers).toEqual([]);
  });
});
