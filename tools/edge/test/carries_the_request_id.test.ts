import { freePort } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { ask, startEdge, startUpstream, xCache, type Upstream } from './edge.ts';

/** As services do. */
const echo = () =>
  startUpstream((req, res) => {
    res.setHeader('x-request-id', String(req.headers['x-request-id']));
    res.writeHead(200, { 'cache-control': 'max-age=60' }).end('body');
  });
const idSeen = (upstream: Upstream) => upstream.asked.at(-1)?.headers['x-request-id'];

it('passes the id of the client on and returns it', async () => {
  const upstream = await echo();
  const edge = await startEdge([upstream.url]);
  const answer = await ask(`${edge.url}/thumbnailer/x`, { headers: { 'x-request-id': 'mine-1' } });
  expect([idSeen(upstream), answer.headers['x-request-id']]).toEqual(['mine-1', 'mine-1']);
});

it('makes an id when the client has none or an unreasonable one', async () => {
  const upstream = await echo();
  const edge = await startEdge([upstream.url]);
  const ids = new Set<unknown>();
  for (const headers of [{}, {}, { 'x-request-id': 'a b{}' }, { 'x-request-id': 'x'.repeat(200) }]) {
    const answer = await ask(`${edge.url}/thumbnailer/x`, { headers });
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{16}-[\da-z]+$/);
    expect(idSeen(upstream)).toBe(answer.headers['x-request-id']);
    ids.add(answer.headers['x-request-id']);
  }
  expect(ids.size).toBe(4);
});

it('gives each client its own id, also with an answer from the cache', async () => {
  const upstream = await echo();
  const edge = await startEdge([upstream.url]);
  await ask(`${edge.url}/images/x`, { headers: { 'x-request-id': 'first' } });
  const second = await ask(`${edge.url}/images/x`, { headers: { 'x-request-id': 'second' } });
  expect([xCache(second), second.headers['x-request-id']]).toEqual(['Hit', 'second']);
});

it('returns the id in problems of its own', async () => {
  const edge = await startEdge([`http://127.0.0.1:${await freePort()}`]);
  const answer = await ask(`${edge.url}/thumbnailer/x`, { headers: { 'x-request-id': 'mine-2' } });
  expect(answer.status).toBe(503);
  expect(answer.headers['x-request-id']).toBe('mine-2');
  expect(JSON.parse(answer.text)).toMatchObject({ requestId: 'mine-2' });
});
