import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  authenticateByApiKey,
  authSettings,
  checkAuthSettings,
  createAuthenticate,
  generateApiKey,
  httpSettings,
  parseConfig,
  requireScope,
} from '../src/index.ts';
import { testApp } from './helpers/app.ts';

const reader = generateApiKey('reader', ['images:read']);
const writer = generateApiKey('writer', ['images:read', 'images:write']);
const schema = z
  .object({ HOST: httpSettings(0).HOST, ...authSettings('images:read') })
  .superRefine(checkAuthSettings);
const { app, logged } = testApp({
  authenticate: authenticateByApiKey([reader.record, writer.record]),
  define(routes) {
    routes.get('/images', requireScope('images:read'), (req, res) => {
      res.json({ subject: req.principal?.subject });
    });
    routes.put('/images', requireScope('images:write'), (_req, res) => res.sendStatus(204));
  },
});

describe('an API key', () => {
  it('is 32 random bytes of which only the hash is kept', () => {
    expect(Buffer.from(reader.key, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(reader.record)).not.toContain(reader.key);
    expect(reader.key).not.toBe(writer.key);
  });

  it.each([
    ['x-api-key', reader.key],
    ['authorization', `Bearer ${reader.key}`],
    ['authorization', `bearer  ${reader.key}`],
  ])('is taken from %s', async (header, value) => {
    const answer = await request(app).get('/images').set(header, value);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ subject: 'reader' });
  });

  it.each([
    ['x-api-key', 'not-a-key'],
    ['x-api-key', reader.record.sha256],
    ['authorization', 'Bearer not-a-key'],
    ['authorization', `Basic ${reader.key}`],
    ['authorization', reader.key],
  ])('that is wrong is refused: %s', async (header, value) => {
    const answer = await request(app).get('/images').set(header, value);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).not.toContain(value);
  });

  it('is asked for where a scope is needed, and only there', async () => {
    expect((await request(app).get('/images')).status).toBe(401);
    expect((await request(app).get('/openapi.json')).status).toBe(200);
  });

  it('without the scope is forbidden, and the answer names the scope', async () => {
    const answer = await request(app).put('/images').set('x-api-key', reader.key);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({
      detail: 'This needs the scope images:write, which reader does not have.',
    });
    expect((await request(app).put('/images').set('x-api-key', writer.key)).status).toBe(204);
  });

  it('never gets into the log', () => {
    expect(logged.lines().length).toBeGreaterThan(10);
    expect(logged.text()).not.toContain(reader.key);
    expect(logged.text()).not.toContain(writer.key);
    expect(logged.text()).not.toContain(reader.record.sha256);
  });
});

describe('API_KEYS', () => {
  it('is read from its JSON', async () => {
    const config = parseConfig(schema, { API_KEYS: JSON.stringify([writer.record]) });
    const { app: configured } = testApp({
      authenticate: createAuthenticate(config),
      define: (routes) => routes.get('/x', requireScope('images:write'), (_req, res) => res.send('x')),
    });
    expect((await request(configured).get('/x').set('x-api-key', writer.key)).status).toBe(200);
    expect((await request(configured).get('/x').set('x-api-key', reader.key)).status).toBe(401);
  });

  it.each([
    ['not json', /^API_KEYS: is not valid JSON; for example API_KEYS=\[/],
    ['{}', /^API_KEYS: /],
    ['[{"name":"ci","sha256":"S3CRET","scopes":["a"]}]', /^API_KEYS: must be 64 lower-case hex digits/],
    [`[{"name":"ci","sha256":"${reader.record.sha256}","scopes":[]}]`, /^API_KEYS: /],
    ['', /^API_KEYS: is required with AUTH_MODE=api-key/],
  ])('that is wrong is refused without printing it: %s', (API_KEYS, sentence) => {
    const parse = () => parseConfig(schema, { API_KEYS });
    expect(parse).toThrow(expect.objectContaining({ problems: [expect.stringMatching(sentence)] }));
    expect(parse).not.toThrow('S3CRET');
  });
});

describe('an empty list of keys', () => {
  it('is a valid configuration that lets nobody in', async () => {
    const config = parseConfig(schema, { HOST: '0.0.0.0', API_KEYS: '[]' });
    const closed = testApp({
      authenticate: createAuthenticate(config),
      define(routes) {
        routes.get('/images', requireScope('images:read'), (_req, res) => res.sendStatus(204));
      },
    });
    expect((await request(closed.app).get('/images').set('x-api-key', reader.key)).status).toBe(401);
  });
});
