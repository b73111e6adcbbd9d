import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { ask, open, startEdge, startUpstream } from './edge.ts';

const MIB = 1024 * 1024;

it('hands the service the first bytes of an upload before its last are sent', async () => {
  let received = 0;
  const upstream = await startUpstream((req, res) => {
    req.on('data', (chunk: Buffer) => (received += chunk.length)).once('end', () => res.end('stored'));
  });
  const edge = await startEdge([upstream.url]);
  const upload = request(`${edge.url}/thumbnailer/x`, { method: 'PUT' });
  upload.write(Buffer.alloc(MIB));
  await eventually(() => received === MIB);
  upload.end(Buffer.alloc(1));
  const [answer] = (await once(upload, 'response')) as [NodeJS.ReadableStream];
  answer.resume();
  await once(answer, 'end');
  expect(received).toBe(MIB + 1);
});

it.each(['/thumbnailer/x', '/images/x'])(
  'hands the client the first bytes of %s before the last exist',
  async (path) => {
    let finish = (): void => undefined;
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'cache-control': 'max-age=60' }).write('first ');
      finish = () => void res.end('last');
    });
    const edge = await startEdge([upstream.url]);
    const answer = await open(`${edge.url}${path}`);
    const [first] = (await once(answer, 'data')) as [Buffer];
    expect(first.toString()).toBe('first ');
    finish();
    expect(Buffer.concat((await answer.toArray()) as Buffer[]).toString()).toBe('last');
  },
);

it.each(['/thumbnailer/x', '/images/x'])(
  'makes the service wait for a slow reader of %s instead of piling up 64 MiB',
  async (path) => {
    let sent = 0;
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'cache-control': 'max-age=60' });
      const more = (): void => {
        while (sent < 64 * MIB) {
          sent += MIB;
          if (!res.write(Buffer.alloc(MIB))) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    });
    const edge = await startEdge([upstream.url]);
    const answer = await open(`${edge.url}${path}`);
    let before = -1;
    await eventually(
      async () => {
        before = sent;
        await delay(100);
        return sent === before;
      },
      { what: 'a pause of the service' },
    );
    expect(sent).toBeLessThan(32 * MIB); // what socket buffers hold, and no more
    let read = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) read += chunk.length;
    expect(read).toBe(64 * MIB);
  },
);

it('makes the client wait for a slow service instead of piling up 64 MiB', async () => {
  let received = 0;
  let proceed = (): void => undefined;
  const upstream = await startUpstream((req, res) => {
    proceed = () =>
      void req.on('data', (chunk: Buffer) => (received += chunk.length)).once('end', () => res.end('ok'));
  });
  const edge = await startEdge([upstream.url]);
  const upload = request(`${edge.url}/thumbnailer/x`, { method: 'PUT' });
  let sent = 0;
  const more = (): void => {
    while (sent < 64 * MIB) {
      sent += MIB;
      if (!upload.write(Buffer.alloc(MIB))) return void upload.once('drain', more);
    }
    upload.end();
  };
  more();
  let before = -1;
  await eventually(async () => {
    before = sent;
    await delay(100);
    return sent === before && upstream.asked.length === 1;
  });
  expect(sent).toBeLessThan(32 * MIB);
  proceed();
  await once(upload, 'response');
  expect(received).toBe(64 * MIB);
  upload.destroy();
});

it('cancels the request to the service when its client leaves', async () => {
  let cancelled = 0;
  const upstream = await startUpstream((_req, res) => {
    res.once('close', () => (cancelled += res.writableFinished ? 0 : 1));
  });
  const edge = await startEdge([upstream.url]);
  for (const path of ['/thumbnailer/x', '/images/x']) {
    const client = request(`${edge.url}${path}`, { agent: false }).once('error', () => undefined);
    client.end();
    const seen = upstream.asked.length;
    await eventually(() => upstream.asked.length > seen);
    client.destroy();
  }
  await eventually(() => cancelled === 2);
  expect(cancelled).toBe(2);
});

it('passes an early refusal on while the upload still runs', async () => {
  const upstream = await startUpstream((_req, res) => void res.writeHead(413).end('too large'));
  const edge = await startEdge([upstream.url]);
  const answer = await ask(`${edge.url}/thumbnailer/x`, { method: 'PUT', body: Buffer.alloc(4 * MIB) });
  expect([answer.status, answer.text]).toEqual([413, 'too large']);
});
