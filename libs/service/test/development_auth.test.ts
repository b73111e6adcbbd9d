import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  authSettings,
  checkAuthSettings,
  createAuthenticate,
  httpSettings,
  parseConfig,
  requireScope,
} from '../src/index.ts';
import { testApp } from './helpers/app.ts';

const schema = z
  .object({ HOST: httpSettings(0).HOST, ...authSettings('images:read') })
  .superRefine(checkAuthSettings);
const none = { AUTH_MODE: 'none' };

const { app } = testApp({
  authenticate: createAuthenticate(parseConfig(schema, { ...none, AUTH_ALLOWED_HOSTS: 'edge, Jobs.Local' })),
  define(routes) {
    routes.get('/jobs', requireScope('jobs:read'), (_req, res) => res.send('jobs'));
    routes.post('/jobs', requireScope('jobs:submit'), (_req, res) => res.sendStatus(201));
    routes.delete('/jobs', requireScope('jobs:submit'), (_req, res) => res.sendStatus(204));
  },
});

describe('AUTH_MODE=none', () => {
  it.each(['0.0.0.0', '::', '10.0.0.5', '192.168.1.2', '127.evil.com', 'example.com'])(
    'is refused on %s, unless it is meant',
    (HOST) => {
      expect(() => parseConfig(schema, { ...none, HOST })).toThrow(
        `none is refused when HOST=${HOST} is not loopback`,
      );
      const meant = { ...none, HOST, AUTH_INSECURE: 'development-only' };
      expect(parseConfig(schema, meant)).toMatchObject({ AUTH_MODE: 'none' });
      expect(() => parseConfig(schema, { ...meant, AUTH_INSECURE: 'true' })).toThrow('AUTH_INSECURE="true"');
    },
  );

  it.each(['127.0.0.1', '127.0.0.9', 'localhost', '::1'])('is allowed on %s', (HOST) => {
    expect(parseConfig(schema, { ...none, HOST })).toMatchObject({ AUTH_MODE: 'none' });
  });

  it.each(['localhost:3001', 'LOCALHOST', '127.0.0.1', '[::1]:3001', 'edge:8080', 'jobs.local'])(
    'lets everything through for the host %s',
    async (host) => {
      expect((await request(app).get('/jobs').set('host', host)).text).toBe('jobs');
    },
  );

  it.each(['evil.example.com', 'localhost.evil.com', '127.0.0.1.nip.io', '10.0.0.1:3001', 'edge.evil.com'])(
    'does not answer for the host %s',
    async (host) => {
      const answer = await request(app).get('/jobs').set('host', host);
      expect(answer.status).toBe(421);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'unknown_host' });
    },
  );
});

describe('a web page in the developer’s browser', () => {
  const json = (headers: Record<string, string>) =>
    request(app).post('/jobs').set('host', 'localhost:3001').set(headers).type('json').send('{}');

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { origin: 'http://localhost:3002' },
    { origin: 'https://evil.example.com', 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ])('cannot submit anything from elsewhere: %o', async (headers) => {
    const answer = await json(headers);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'foreign_origin' });
  });

  it('cannot read from elsewhere, but may link here', async () => {
    const get = () => request(app).get('/jobs').set('sec-fetch-site', 'cross-site');
    expect((await get().set('sec-fetch-mode', 'no-cors')).status).toBe(403);
    expect((await get().set('sec-fetch-mode', 'navigate')).status).toBe(200);
  });

  it.each([
    {},
    { origin: 'http://localhost:3001', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('may do everything from here: %o', async (headers) => {
    expect((await json(headers as Record<string, string>)).status).toBe(201);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; application/json',
    '',
  ])('cannot pass a form off as a job: %j', async (type) => {
    const sent = request(app).post('/jobs').set('host', 'localhost').set('content-type', type);
    const answer = await sent.serialize((x) => x as string).send('command=rm');
    expect(answer.status).toBe(415);
  });

  it('cannot send an empty form either: its origin tells', async () => {
    const sent = request(app).post('/jobs').set('host', 'localhost');
    expect((await sent.set('origin', 'null')).status).toBe(403);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/yaml',
    'text/yaml',
    'application/octet-stream',
    'application/merge-patch+json',
  ])('is not what sends %s', async (type) => {
    const sent = request(app).post('/jobs').set('content-type', type);
    expect((await sent.serialize((x) => x as string).send('{}')).status).toBe(201);
  });

  it('is not what posts or deletes without a body', async () => {
    expect((await request(app).post('/jobs')).status).toBe(201);
    expect((await request(app).delete('/jobs')).status).toBe(204);
  });
});
