import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { eventually } from '@groundwork/service/testing';
import express from 'express';
import sharp from 'sharp';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converge } from '../src/domain/converge.ts';
import { imageRoutes } from '../src/http/images.ts';
import type { Thumbnails } from '../src/ports/thumbnails.ts';
import { jpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

let stack: Stack;
const signal = new AbortController().signal;

beforeAll(async () => {
  stack = await startStack();
  await stack.put('holiday/été 1.jpg', await jpeg(1000, 500));
  await converge(stack.parts, { bucket: 'uploads', key: 'holiday/été 1.jpg' }, signal);
});
afterAll(() => stack.close());

/** More than fits in the buffers on the way. */
const LARGE = randomBytes(4_000_000);
const PATH = `/images/${encodeURIComponent('holiday/été 1.jpg').replaceAll('%2F', '/')}`;
const get = (path: string) => request(stack.app).get(path).buffer(true);

describe('GET /images/{key}', () => {
  it('gives WebP to those who name it and JPEG to all others', async () => {
    const webp = await get(`${PATH}?preset=small`).set('accept', 'image/avif,image/webp,*/*');
    expect(webp.headers).toMatchObject({
      'content-type': 'image/webp',
      vary: 'Accept',
      'accept-ranges': 'bytes',
    });
    expect(await sharp(webp.body as Buffer).metadata()).toMatchObject({
      format: 'webp',
      width: 400,
      height: 200,
    });
    for (const accept of ['*/*', 'image/*', 'image/webp;q=0, */*', '']) {
      const other = await get(`${PATH}?preset=small`).set('accept', accept);
      expect(other.headers['content-type']).toBe('image/jpeg');
    }
  });

  it('has a medium size when no preset is asked for, and names the presets when an unknown one is', async () => {
    const medium = await get(PATH);
    expect(await sharp(medium.body as Buffer).metadata()).toMatchObject({ width: 800 });
    const unknown = await get(`${PATH}?preset=huge`);
    expect(unknown.status).toBe(400);
    expect(unknown.body).toMatchObject({
      code: 'unknown_preset',
      detail: 'preset must be one of: thumb, small, medium, large.',
    });
  });

  it('answers 304 to who has it, and a part to who asks for one', async () => {
    const whole = await get(`${PATH}?preset=thumb`);
    const etag = String(whole.headers['etag']);
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(whole.headers['cache-control']).toContain('max-age=2');
    const fresh = await get(`${PATH}?preset=thumb`).set('if-none-match', `"x", ${etag}`);
    expect(fresh.status).toBe(304);
    expect(fresh.headers['etag']).toBe(etag);
    const part = await get(`${PATH}?preset=thumb`).set('range', 'bytes=0-9');
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 0-9/${(whole.body as Buffer).length}`);
    expect(Buffer.compare(part.body as Buffer, (whole.body as Buffer).subarray(0, 10))).toBe(0);
    const other = await get(`${PATH}?preset=thumb`).set('range', 'bytes=0-9').set('if-range', '"another"');
    expect(other.status).toBe(200);
  });

  it('answers HEAD with the length and no body', async () => {
    const head = await request(stack.app).head(`${PATH}?preset=thumb`);
    expect(head.status).toBe(200);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
    expect(head.text ?? '').toBe('');
  });

  it('answers HEAD for the whole image, whatever range comes with it, and as often as asked', async () => {
    const whole = await request(stack.app).head(`${PATH}?preset=thumb`);
    const part = await request(stack.app).head(`${PATH}?preset=thumb`).set('range', 'bytes=0-9');
    expect(part.status).toBe(200);
    expect(part.headers['content-range']).toBeUndefined();
    expect(part.headers['content-length']).toBe(whole.headers['content-length']);
    // More than the client of S3 has connections: none is left with an image that nobody reads.
    const path = '/derivatives/a/b/c.webp';
    await stack.s3.send(new PutObjectCommand({ Bucket: 'thumbnails', Key: path.slice(1), Body: LARGE }));
    for (let i = 0; i < 60; i++) {
      expect((await request(stack.app).head(path)).status).toBe(200);
      expect((await get(path).set('if-none-match', '"b"')).status).toBe(304);
    }
  });

  it('has those who wait take a place, and nobody else', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let held = 0;
    const thumbnails: Thumbnails = {
      ...stack.parts.thumbnails,
      readManifest: async (ref) => {
        if (ref.key === 'slow.jpg') {
          held += 1;
          await released;
        }
        return stack.parts.thumbnails.readManifest(ref);
      },
    };
    const access = { mode: 'public', signingKeys: [] } as const;
    const app = express().use(imageRoutes({ ...stack, thumbnails, access, maxAgeSeconds: 2 }));
    const server = app.listen(0, '127.0.0.1');
    const url = (key: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/images/${key}`;
    await stack.put('slow.jpg', await jpeg());
    await stack.put('awaited.jpg', await jpeg());
    try {
      const plain = Array.from({ length: 120 }, () => fetch(url('slow.jpg')));
      await eventually(() => held === 120);
      const waiting = fetch(url('awaited.jpg'), { headers: { prefer: 'wait=10' } });
      await delay(600);
      await converge(stack.parts, { bucket: 'uploads', key: 'awaited.jpg' }, signal);
      expect((await waiting).status).toBe(200);
      release();
      for (const answer of await Promise.all(plain)) expect(answer.status).toBe(202);
    } finally {
      release();
      server.closeAllConnections();
      server.close();
    }
  });

  it('says that an upload is pending, and waits for it when asked to', async () => {
    await stack.put('later.jpg', await jpeg());
    const pending = await get('/images/later.jpg');
    expect(pending.status).toBe(202);
    expect(pending.headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '1' });
    const waiting = get('/images/later.jpg').set('prefer', 'wait=10');
    const [answer] = await Promise.all([
      waiting,
      converge(stack.parts, { bucket: 'uploads', key: 'later.jpg' }, signal),
    ]);
    expect(answer.status).toBe(200);
  });

  it('answers 404 for what is not there, or no longer', async () => {
    const absent = await get('/images/nothing.jpg');
    expect(absent.status).toBe(404);
    expect(absent.headers['content-type']).toContain('application/problem+json');
    expect(absent.body).toMatchObject({
      code: 'image_not_found',
      detail: 'Nothing is stored under nothing.jpg.',
    });
    await stack.put('short.jpg', await jpeg());
    await converge(stack.parts, { bucket: 'uploads', key: 'short.jpg' }, signal);
    await stack.remove('short.jpg');
    await converge(stack.parts, { bucket: 'uploads', key: 'short.jpg' }, signal);
    expect((await get('/images/short.jpg')).status).toBe(404);
  });

  it('tells the uploader why a file cannot become thumbnails', async () => {
    await stack.put('notes.jpg', Buffer.from('these are notes'));
    await converge(stack.parts, { bucket: 'uploads', key: 'notes.jpg' }, signal);
    const refused = await get('/images/notes.jpg');
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'image_unusable', issues: [{ message: 'unsupported' }] });
    expect((refused.body as { detail: string }).detail).toContain('not an image');
  });

  it('shows a picture in place of one that is pending or cannot be made, where a picture was wanted', async () => {
    const img = (path: string) => get(path).set('accept', 'image/avif,image/webp,image/*,*/*;q=0.8');
    await stack.put('soon.jpg', await jpeg());
    const pending = await img('/images/soon.jpg?preset=thumb');
    const plain = await get('/images/soon.jpg').set('accept', 'image/webp');
    expect(plain.status).toBe(202);
    expect(plain.headers['content-type']).toContain('application/json');
    expect(pending.status).toBe(202);
    expect(pending.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
    await stack.put('text.jpg', Buffer.from('<script>'));
    await converge(stack.parts, { bucket: 'uploads', key: 'text.jpg' }, signal);
    const failed = await img('/images/text.jpg?preset=thumb');
    expect(failed.status).toBe(422);
    for (const { headers, body } of [pending, failed]) {
      expect(headers['content-type']).toBe('image/svg+xml');
      expect(headers['content-security-policy']).toContain('sandbox');
      expect(await sharp(body as Buffer).metadata()).toMatchObject({
        format: 'svg',
        width: 200,
        height: 200,
      });
    }
  });

  it('refuses a broken escape in the key', async () => {
    expect((await get('/images/%E0%A4%A.jpg')).status).toBe(400);
  });
});

describe('what stands behind an image', () => {
  it('shows the manifest, and each derivative for a year under the name of its content', async () => {
    const manifest = await get(`/v1/manifests/uploads/${encodeURIComponent('holiday/été 1.jpg')}`);
    expect(manifest.status).toBe(200);
    const [derivative] = (manifest.body as { derivatives: { key: string; bytes: number }[] }).derivatives;
    const image = await get(`/${derivative?.key}`);
    expect(image.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((image.body as Buffer).length).toBe(derivative?.bytes);
    const known = get(`/${derivative?.key}`).set('if-none-match', String(image.headers['etag']));
    expect((await known).status).toBe(304);
    const never = '/derivatives/00000000000000000000000000000000/x-0/small.webp';
    for (const tag of ['', '*', '"x-0"']) {
      const absent = await get(never).set('if-none-match', tag);
      expect(absent.status).toBe(404);
      expect(absent.headers['cache-control']).toBe('no-store');
    }
    expect((await get('/v1/manifests/uploads/never-seen.jpg')).status).toBe(404);
  });
});
