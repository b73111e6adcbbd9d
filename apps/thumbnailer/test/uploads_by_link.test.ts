import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ settings: { UPLOADS_EXCLUDE: '*.tmp' } });
  await stack.startWorker();
});
afterAll(() => stack.close());

interface Given {
  url: string;
  headers: Record<string, string>;
  image: string;
  manifest: string;
}
const ask = (body: object) => request(stack.app).post('/v1/uploads').send(body);
const put = (given: Given, body: Uint8Array) =>
  fetch(given.url, { method: 'PUT', headers: given.headers, body: Buffer.from(body) });

describe('POST /v1/uploads gives a link', () => {
  it('that a file can be PUT to without credentials; the image is where it says', async () => {
    const photo = await jpeg(100, 80);
    const answer = await ask({ key: 'a b/ü.jpg', contentType: 'image/jpeg', bytes: photo.length });
    expect(answer.status).toBe(201);
    const given = answer.body as Given;
    expect(given.url).not.toContain('checksum');
    expect((await put(given, photo)).status).toBe(200);
    await stack.settled();
    expect((await request(stack.app).get(`${given.image}?preset=thumb`)).status).toBe(200);
    // Relative to what was asked: the edge takes a prefix off the path.
    for (const prefix of ['/', '/thumbnailer/']) {
      const { pathname } = new URL(given.manifest, `http://127.0.0.1${prefix}v1/uploads`);
      expect(pathname.startsWith(`${prefix}v1/manifests/`)).toBe(true);
      const { body } = await request(stack.app).get(`/${pathname.slice(prefix.length)}`);
      expect(body).toMatchObject({ state: 'ready', key: 'a b/ü.jpg' });
    }
  });

  it('that takes nothing but what was said: not more bytes, not another type', async () => {
    const photo = await jpeg(100, 80);
    const { body } = await ask({ key: 'b.jpg', contentType: 'image/jpeg', bytes: photo.length });
    const given = body as Given;
    expect((await put(given, Buffer.concat([photo, photo]))).status).toBe(403);
    const other = { ...given, headers: { ...given.headers, 'content-type': 'text/html' } };
    expect((await put(other, photo)).status).toBe(403);
    expect((await put(given, photo)).status).toBe(200);
  });

  it('that does not overwrite, unless it is to', async () => {
    const photo = await jpeg(100, 80);
    const order = { key: 'c.jpg', contentType: 'image/jpeg', bytes: photo.length };
    const first = (await ask(order)).body as Given;
    expect((await put(first, photo)).status).toBe(200);
    expect((await put(first, photo)).status).toBe(412);
    const again = (await ask({ ...order, overwrite: true })).body as Given;
    expect((await put(again, photo)).status).toBe(200);
  });

  it.each([
    ['a key of more than 1,024 bytes', { key: 'ü'.repeat(513) }, 400, 'invalid_request'],
    ['a key that a URL would change', { key: 'a/../b.jpg' }, 400, 'invalid_request'],
    ['a type that is no image', { contentType: 'text/html' }, 400, 'invalid_request'],
    ['more bytes than are read', { bytes: 20_000_001 }, 422, 'upload_not_wanted'],
    ['a name that is left out', { key: 'a.tmp' }, 422, 'upload_not_wanted'],
  ])('but not for %s', async (_name, wrong, status, code) => {
    const answer = await ask({ key: 'd.jpg', contentType: 'image/jpeg', bytes: 10, ...wrong });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });
});
