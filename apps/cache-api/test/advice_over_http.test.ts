import { createApp, createLogger, createRegistry } from '@groundwork/service';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { CacheAdvice } from '@groundwork/contracts';
import { createAdvice } from '../src/domain/advice/create-advice.ts';
import { adviceRoutes } from '../src/http/advice.ts';
import { problems } from '../src/http/problems.ts';

let now = 0;
const advice = createAdvice({
  l1: { bytes: 10_000_000, policy: 'lru' },
  store: 'redis',
  hearsChanges: true,
  collections: () => [{ name: 'products', hasSource: true, policy: { ttlMs: 1_000, jitter: 0, swrMs: 0 } }],
  now: () => now,
});
for (let at = 0; at < 3_000; at += 1) {
  now += 300;
  const missed = { tier: 'source', state: 'miss', sizeBytes: 10, loadMs: 25, ageMs: 0, now } as const;
  advice.record('products', `${at % 20}`, missed);
}
const app = createApp({
  logger: createLogger({ service: 'test', level: 'silent' }),
  registry: createRegistry('test'),
  openapi: { info: { title: 'test' } },
  readiness: {},
  authenticate: (req) => ({
    subject: 'test',
    scopes: new Set([req.headers['x-api-key'] === 'none' ? 'cache:write' : 'cache:read']),
  }),
  problems,
  trustedProxyHops: 0,
  routes: adviceRoutes(advice),
});
const server = createServer(app).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/advice`;
afterAll(() => server.close());

describe('GET /v1/advice', () => {
  it('is JSON by default, with the points of a chart', async () => {
    const answer = await fetch(`${url}?collection=products`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    const { collections } = CacheAdvice.parse(await answer.json());
    expect(collections[0]!.points.length).toBeGreaterThan(50);
    expect(collections[0]!.recommendation.change.ttlSeconds).toBeGreaterThan(1);
  });

  it('is a table for a terminal', async () => {
    const answer = await fetch(url, { headers: { accept: 'text/plain' } });
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const text = await answer.text();
    const rows = text.split('\n').filter((line) => line.includes('lru') || line.includes('policy'));
    expect(text).toContain('→ With a TTL of');
    expect(rows.filter((line) => line.includes('← advised'))).toHaveLength(1);
    const columns = rows.slice(1).map((line) => line.indexOf(' MiB'));
    expect(new Set(columns.slice(1)).size).toBe(1);
  });

  it('needs the scope cache:read', async () => {
    expect((await fetch(url, { headers: { 'x-api-key': 'none' } })).status).toBe(403);
  });

  it('is a problem for a collection that is not there, and for a misspelt parameter', async () => {
    const answer = await fetch(`${url}?collection=nothing`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect((await fetch(`${url}?colection=products`)).status).toBe(400);
  });
});
