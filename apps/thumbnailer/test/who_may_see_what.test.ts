import { authenticateByApiKey, generateApiKey } from '@groundwork/service';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { converge } from '../src/domain/converge.ts';
import { sign } from '../src/domain/signature.ts';
import type { Access } from '../src/http/access.ts';
import { jpeg } from './support/pictures.ts';
import { SIGNING_KEY, startStack, type Stack } from './support/stack.ts';

const KEY = 'holiday/été 1.jpg';
const PATH = '/images/holiday/%C3%A9t%C3%A9%201.jpg';
const reader = generateApiKey('reader', ['images:read']);
const signer = generateApiKey('signer', ['images:sign']);

let stack: Stack;
afterEach(() => stack.close());

async function start(access: Access['mode']): Promise<string> {
  stack = await startStack({ access, authenticate: authenticateByApiKey([reader.record, signer.record]) });
  await stack.put(KEY, await jpeg(60, 40));
  await converge(stack.parts, { bucket: 'uploads', key: KEY }, new AbortController().signal);
  const manifest = await stack.manifest(KEY);
  return manifest?.state === 'ready' ? `/${manifest.derivatives[0]?.key}` : '';
}
const status = async (path: string, key?: string) => {
  const get = request(stack.app).get(path);
  return (await (key === undefined ? get : get.set('x-api-key', key))).status;
};

describe('IMAGES_ACCESS', () => {
  it('public: everybody sees images, nobody without a key anything else', async () => {
    const derivative = await start('public');
    expect(await status(PATH)).toBe(200);
    expect(await status(derivative)).toBe(200);
    for (const path of [`/v1/manifests/uploads/${KEY}`, '/v1/backfills', '/v1/dead-letters', '/metrics']) {
      expect(await status(path)).toBe(401);
    }
    expect(await status('/v1/dead-letters', reader.key)).toBe(403);
    expect(await status('/v1/backfills', reader.key)).toBe(200);
  });

  it('auth: only callers with the scope, and no shared cache keeps it', async () => {
    const derivative = await start('auth');
    for (const path of [PATH, derivative]) {
      expect(await status(path)).toBe(401);
      expect(await status(path, signer.key)).toBe(403);
      const seen = await request(stack.app).get(path).set('x-api-key', reader.key);
      expect(seen.status).toBe(200);
      expect(seen.headers['cache-control']).toMatch(/^private, max-age=/);
    }
  });

  it('signed: whoever has a link, for its path, preset and time only', async () => {
    const derivative = await start('signed');
    expect(await status(PATH)).toBe(401);
    expect(await status(PATH, reader.key)).toBe(200);
    expect(await status(derivative)).toBe(401);
    const given = await request(stack.app)
      .post('/v1/image-links')
      .set('x-api-key', signer.key)
      .send({ key: KEY, preset: 'small', expiresInSeconds: 60 });
    const { path } = given.body as { path: string };
    expect(path).toContain(PATH);
    const seen = await request(stack.app).get(path);
    expect(seen.status).toBe(200);
    expect(seen.headers['cache-control']).toContain('private');
    expect(await status(path.replace('preset=small', 'preset=large'))).toBe(403);
    expect(await status(path.replace('holiday', 'other'))).toBe(403);
    expect(await status(path.replace(/expires=\d+/, 'expires=9999999999'))).toBe(403);
    expect(await status(path.replace('%20', ' ').replace(/signature=./, 'signature='))).toBe(403);
  });

  it('signed: links end, and those of a key that is being replaced still work', async () => {
    await start('signed');
    const link = (expires: number, key: string) =>
      `${PATH}?expires=${expires}&signature=${sign({ path: `/images/${KEY}`, preset: undefined, expires }, key)}`;
    const now = Math.floor(Date.now() / 1000);
    expect(await status(link(now + 60, SIGNING_KEY))).toBe(200);
    expect(await status(link(now + 60, OLD_KEY))).toBe(200);
    expect(await status(link(now + 60, 'x'.repeat(32)))).toBe(403);
    const ended = await request(stack.app).get(link(now - 1, SIGNING_KEY));
    expect(ended.body).toMatchObject({ code: 'link_not_valid' });
    expect((ended.body as { detail: string }).detail).toContain('expired');
    // Those who need no link are not refused for one that has ended.
    expect(await status(link(now - 1, SIGNING_KEY), reader.key)).toBe(200);
    expect(await status(`${PATH}?expires=1&signature=wrong`, reader.key)).toBe(200);
    expect(await status(link(now - 1, SIGNING_KEY), signer.key)).toBe(403);
  });

  it('links are not given where they would not be asked for', async () => {
    await start('public');
    const post = request(stack.app).post('/v1/image-links').set('x-api-key', signer.key);
    const refused = await post.send({ key: KEY });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'links_not_signed' });
  });
});

/** Accepted, but no longer used to sign. */
const OLD_KEY = `${SIGNING_KEY}-old`;
