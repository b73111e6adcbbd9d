import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createOpenApiDocument, ProblemError, type Authenticate } from '../src/index.ts';
import { testApp } from './helpers/app.ts';

/** Random per process, and counted. */
const OWN_ID = /^[\w-]{16}-[0-9a-z]+$/;

describe('a request id', () => {
  const { app, logged } = testApp({ define: (routes) => routes.get('/x', (_req, res) => res.send('x')) });

  it('is taken from the caller, logged and given back', async () => {
    const answer = await request(app).get('/x').set('x-request-id', 'caller-1:a.b');
    expect(answer.headers['x-request-id']).toBe('caller-1:a.b');
    expect(logged.lines().at(-1)).toMatchObject({ requestId: 'caller-1:a.b', status: 200, path: '/x' });
  });

  it.each([undefined, '', 'with space', 'x'.repeat(129), '{"json":1}'])(
    'is made here when the caller gave none that is sane: %j',
    async (given) => {
      const sent = request(app).get('/x');
      if (given !== undefined) sent.set('x-request-id', given);
      expect((await sent).headers['x-request-id']).toMatch(OWN_ID);
    },
  );
});

describe('probes', () => {
  const refuseAll = () => {
    throw new ProblemError('unauthenticated', 'no');
  };

  it('need no credentials', async () => {
    const { app } = testApp({ authenticate: refuseAll, readiness: { database: async () => undefined } });
    expect((await request(app).get('/healthz')).body).toEqual({ status: 'ok' });
    const ready = await request(app).get('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({ status: 'ready', checks: { database: 'ok' } });
    expect((await request(app).get('/metrics')).status).toBe(401);
  });

  it('name what is not ready, and do not wait for what hangs', async () => {
    const { app } = testApp({
      readiness: {
        database: async () => undefined,
        queue: () => Promise.reject(new Error('the queue has not answered for 61 s')),
        store: () => new Promise(() => undefined),
        broken: () => {
          throw new Error('before there was a promise');
        },
      },
    });
    const answer = await request(app).get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      status: 'not ready',
      checks: {
        database: 'ok',
        queue: 'the queue has not answered for 61 s',
        store: 'no answer within 2000 ms',
        broken: 'before there was a promise',
      },
    });
    expect((await request(app).get('/healthz')).status).toBe(200);
  });

  it('show what is less good, and can be lived with', async () => {
    const { app } = testApp({ readiness: { store: async () => 'degraded: it does not answer' } });
    const answer = await request(app).get('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ready', checks: { store: 'degraded: it does not answer' } });
  });
});

describe('metrics', () => {
  const reader: Authenticate = () => ({ subject: 'prometheus', scopes: new Set(['metrics:read']) });

  it('are for those with the scope metrics:read', async () => {
    const { app } = testApp();
    expect((await request(app).get('/metrics')).status).toBe(401);
    expect((await request(testApp({ authenticate: reader }).app).get('/metrics')).status).toBe(200);
  });

  it('count requests by route, not by path', async () => {
    const { app } = testApp({
      authenticate: reader,
      define: (routes) => routes.get('/items/:id', (_req, res) => res.send('x')),
    });
    await request(app).get('/items/1');
    await request(app).get('/items/2');
    await request(app).get('/secret-path');
    const { text, headers } = await request(app).get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(text).toMatch(/duration_seconds_count\{[^}]*route="\/items\/:id"[^}]*\} 2/);
    expect(text).toMatch(/duration_seconds_count\{[^}]*route="unmatched",status="404"[^}]*\} 1/);
    expect(text).toContain('service="test"');
    expect(text).not.toContain('secret-path');
  });
});

describe('documentation', () => {
  const openapi = createOpenApiDocument({ title: 'Cats & co', description: '', version: '1', paths: {} });
  const { app } = testApp({ openapi });

  it('is a page whose links all work, also below a prefix', async () => {
    const page = await request(app).get('/docs');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const links = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(links).toHaveLength(3);
    for (const link of links) {
      expect(link).not.toMatch(/^(\/|https?:)/);
      const { pathname } = new URL(link, 'http://service/docs');
      expect((await request(app).get(pathname)).status).toBe(200);
    }
    expect((await request(app).get('/docs/package.json')).status).toBe(404);
    expect((await request(app).get('/docs/')).headers['location']).toBe('../docs');
    expect((await request(app).get('/docs/package.json/../../x')).status).toBe(404);
  });

  it('comes with a machine-readable description', async () => {
    const { body } = await request(app).get('/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Cats & co' }, servers: [{ url: '.' }] });
    expect(Object.keys((body as typeof openapi).components?.securitySchemes ?? {})).toEqual([
      'apiKey',
      'bearer',
    ]);
  });
});
