import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createBucket, start } from './sandbox.ts';

/** What `curl` sends: no signature, no SDK. */
function plain(url: string, method: string, headers: Record<string, string> = {}, body?: Buffer) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const req = request(url, { method, headers, agent: false }, (res) => {
        void res.toArray().then((chunks) => {
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(chunks as Buffer[]),
          });
        }, reject);
      });
      req.once('error', reject).end(body);
    },
  );
}

it.each([
  ['with a length', {}],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
  ['after asking first, as curl does with large files', { expect: '100-continue' }],
])('takes a PUT without credentials %s, gives it back and deletes it', async (_how, headers) => {
  const running = await start();
  await createBucket(running, 'uploads');
  const url = `${running.endpoint}/uploads/a%20photo.jpg`;
  const body = readFileSync(new URL('../../dev/photo.jpg', import.meta.url));
  const put = await plain(url, 'PUT', { ...headers, 'content-type': 'image/jpeg' }, body);
  expect([put.status, put.headers['etag']]).toEqual([
    200,
    `"${createHash('md5').update(body).digest('hex')}"`,
  ]);
  const get = await plain(url, 'GET');
  expect([get.status, get.headers['content-type'], get.body.equals(body)]).toEqual([200, 'image/jpeg', true]);
  expect((await plain(url, 'DELETE')).status).toBe(204);
  const gone = await plain(url, 'GET');
  expect(gone.status).toBe(404);
  expect(gone.body.toString()).toContain('<Code>NoSuchKey</Code>');
});

it('tells a PUT into a bucket that does not exist so, in the words of S3', async () => {
  const { endpoint } = await start();
  const put = await plain(`${endpoint}/nowhere/x`, 'PUT', {}, Buffer.alloc(1_000_000));
  expect(put.status).toBe(404);
  expect(put.body.toString()).toContain('<Code>NoSuchBucket</Code>');
});
