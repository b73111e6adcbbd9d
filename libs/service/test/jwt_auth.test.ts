import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticateByJwt, createHttpServer, requireScope } from '../src/index.ts';
import { freePort } from '../src/testing.ts';
import { testApp } from './helpers/app.ts';

const issuer = 'https://login.example.com/';
const audience = 'groundwork';
const ours = await generateKeyPair('ES256');
const theirs = await generateKeyPair('ES256');
let published: unknown;
const jwks = createHttpServer(
  (_req, res) => {
    if (typeof published === 'number') res.writeHead(published).end();
    else res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(published));
  },
  { host: '127.0.0.1', port: 0 },
);

beforeAll(async () => {
  const jwk: JWK = { ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'ES256' };
  published = { keys: [jwk] };
  await jwks.start?.();
});
afterAll(() => jwks.stop?.(AbortSignal.abort()));

function serviceWith(keys: string) {
  const settings = { issuer, audience, algorithms: ['ES256'], keys: new URL(keys) };
  return testApp({
    authenticate: authenticateByJwt(settings),
    define: (routes) =>
      routes.get('/x', requireScope('images:read'), (req, res) => {
        res.json({ subject: req.principal?.subject });
      }),
  }).app;
}

/** Seconds from now. */
const at = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

function token(claims: Record<string, unknown> = {}, key = ours.privateKey): Promise<string> {
  const payload: Record<string, unknown> = {
    iss: issuer,
    aud: audience,
    sub: 'alice',
    exp: at(300),
    scope: 'images:read x',
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key);
}

const get = (jwt: string, keys = `${jwks.url}/jwks.json`) =>
  request(serviceWith(keys)).get('/x').set('authorization', `Bearer ${jwt}`);

describe('a token', () => {
  it.each<[string, Record<string, unknown>]>([
    ['with scopes in `scope`', {}],
    ['with scopes in a list `scp`', { scope: undefined, scp: ['images:read'] }],
    ['with scopes in a text `scp`', { scope: undefined, scp: 'other images:read' }],
    ['for several audiences', { aud: ['other', audience] }],
    ['expired, within the tolerance of 60 s', { exp: at(-50) }],
    ['not yet valid, within the tolerance', { nbf: at(50) }],
  ])('is good %s', async (_what, claims) => {
    const answer = await get(await token(claims));
    expect(answer.body).toEqual({ subject: 'alice' });
  });

  it.each<[string, () => Promise<string> | string]>([
    ['expired beyond the tolerance', () => token({ exp: at(-70) })],
    ['without an expiry', () => token({ exp: undefined })],
    ['without a subject', () => token({ sub: undefined })],
    ['not yet valid', () => token({ nbf: at(70) })],
    ['for another audience', () => token({ aud: 'other' })],
    ['of another issuer', () => token({ iss: 'https://evil.example.com/' })],
    ['signed by somebody else', () => token({}, theirs.privateKey)],
    [
      'without a signature',
      () =>
        new UnsecuredJWT({ sub: 'a' })
          .setIssuer(issuer)
          .setAudience(audience)
          .setExpirationTime('5m')
          .encode(),
    ],
    [
      'signed with an algorithm that is not allowed',
      () =>
        new SignJWT({ sub: 'a', iss: issuer, aud: audience, exp: at(300) })
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(new TextEncoder().encode('x'.repeat(32))),
    ],
    [
      'with an unknown key id',
      () =>
        new SignJWT({ sub: 'a', iss: issuer, aud: audience, exp: at(300) })
          .setProtectedHeader({ alg: 'ES256', kid: 'other' })
          .sign(ours.privateKey),
    ],
    ['that is no token', () => 'a.b.c'],
  ])('is refused: %s', async (_what, make) => {
    const answer = await get(await make());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'unauthenticated' });
  });

  it('without the scope is forbidden', async () => {
    expect((await get(await token({ scope: 'images:readonly' }))).status).toBe(403);
    expect((await get(await token({ scope: undefined }))).status).toBe(403);
  });
});

describe('the issuer’s keys', () => {
  it('that cannot be fetched are not the caller’s fault', async () => {
    const answer = await get(await token(), `http://127.0.0.1:${await freePort()}/jwks.json`);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'dependency_unavailable' });
  });

  it.each([[500], [404], ['not a key set'], [{ keys: 7 }]])(
    'that are not keys are not the caller’s fault: %j',
    async (instead) => {
      const before = published;
      published = instead;
      const answer = await get(await token());
      published = before;
      expect(answer.status).toBe(503);
    },
  );
});
