import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProblemError, validate } from '../src/index.ts';
import { testApp } from './helpers/app.ts';

const Item = z.object({ name: z.string(), size: z.object({ width: z.int() }) });

const { app, logged } = testApp({
  jsonLimitBytes: 100,
  problems: { item_frozen: { status: 409, title: 'The item is frozen' } },
  define(routes) {
    routes.post('/items', (req, res) => {
      res.status(201).json(validate(Item, req.body, 'body'));
    });
    routes.get('/items/:id', (req) => {
      if (req.params['id'] === 'frozen') {
        throw new ProblemError<string>('item_frozen', 'It thaws tomorrow.', {
          headers: { 'retry-after': '9' },
        });
      }
      throw new Error('postgres://user:secret@db/items is unhappy');
    });
    routes.get('/promised', (_req, res) => {
      res.set({ etag: '"v1"', 'content-length': '5', 'accept-ranges': 'bytes' });
      throw new Error('gone');
    });
    routes.get('/half', (_req, res) => {
      res.write('half an ');
      throw new Error('no more');
    });
  },
});

describe('a problem', () => {
  it('has nothing of the answer that failed: no ETag, no length', async () => {
    const { status, headers } = await request(app).get('/promised');
    expect(status).toBe(500);
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('accept-ranges');
    expect(Number(headers['content-length'])).toBeGreaterThan(5);
  });

  it('is answered as problem+json that names the path, the request and a stable code', async () => {
    const answer = await request(app).get('/nowhere?x=1').set('x-request-id', 'r-1');
    expect(answer.status).toBe(404);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(JSON.parse(answer.text)).toEqual({
      type: '/problems/not-found',
      title: 'There is nothing here',
      status: 404,
      code: 'not_found',
      detail: 'GET /nowhere does not exist; see docs for what does.',
      instance: '/nowhere',
      requestId: 'r-1',
    });
  });

  it('of a service has its own status, title and headers', async () => {
    const answer = await request(app).get('/items/frozen');
    expect(answer.headers['retry-after']).toBe('9');
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 409,
      code: 'item_frozen',
      title: 'The item is frozen',
      detail: 'It thaws tomorrow.',
    });
  });

  it('lists every field of a body that is not valid', async () => {
    const answer = await request(app)
      .post('/items')
      .send({ size: { width: 1.5 } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/^The body is not valid: name: .*; size\.width: /),
      issues: [
        { path: 'name', message: expect.any(String) },
        { path: 'size.width', message: expect.any(String) },
      ],
    });
    const noBody = await request(app).post('/items');
    expect(JSON.parse(noBody.text)).toMatchObject({ status: 400, issues: [{ path: 'body' }] });
  });

  it('names the first five of many fields that are not valid, and says how many more there are', () => {
    const schema = z.array(z.int());
    const error = (() => {
      try {
        return validate(schema, Array.from({ length: 8 }, String), 'list');
      } catch (caught) {
        return caught as ProblemError;
      }
    })();
    expect(error).toMatchObject({
      detail: expect.stringMatching(/^The list is not valid: 0: .*; 4: [^;]*; and 3 more\.$/),
      issues: Array.from({ length: 8 }, (_, at) => expect.objectContaining({ path: String(at) })),
    });
  });

  it('inside the service tells the caller nothing but the request id, and the log everything', async () => {
    const answer = await request(app).get('/items/1').set('x-request-id', 'r-500');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|postgres|unhappy|\.ts/);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'internal', requestId: 'r-500' });
    const line = logged.lines().find((one) => one['requestId'] === 'r-500' && one['msg'] === 'internal');
    expect(line?.['error']).toMatchObject({ message: 'postgres://user:secret@db/items is unhappy' });
  });

  it('after the answer has begun cuts the answer off', async () => {
    await expect(request(app).get('/half')).rejects.toThrow(/aborted|hang up/);
  });
});

describe('a body that cannot be read', () => {
  const send = (type: string, body: Buffer | string, encoding?: string) => {
    const sent = request(app).post('/items').set('content-type', type);
    if (encoding !== undefined) sent.set('content-encoding', encoding);
    return sent.serialize((x) => x as string).send(body as string);
  };

  it.each([
    ['is not JSON', 400, 'malformed_json', () => send('application/json', '{"name":')],
    ['is too large', 413, 'body_too_large', () => send('application/json', `"${'x'.repeat(200)}"`)],
    [
      'is too large once unpacked',
      413,
      'body_too_large',
      () => send('application/json', gzipSync(`"${'x'.repeat(5_000)}"`), 'gzip'),
    ],
    [
      'is packed in an unknown way',
      415,
      'unsupported_media_type',
      () => send('application/json', '{}', 'zip'),
    ],
    [
      'is in an unknown character set',
      415,
      'unsupported_media_type',
      () => send('application/json; charset=ebcdic', '{}'),
    ],
    ['is not packed as it claims', 400, 'invalid_request', () => send('application/json', '{}', 'gzip')],
    ['has a broken path', 400, 'invalid_request', () => request(app).get('/items/%E0%A4%A')],
  ])('because it %s is the caller’s problem', async (_why, status, code, answerOf) => {
    const answer = await answerOf();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ status, code });
  });
});
