import type { IncomingMessage, ServerResponse } from 'node:http';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { ask, startEdge, startUpstream, xCache } from './edge.ts';

/** An object with an ETag that says of itself how long it may be kept. */
async function object(cacheControl: string, more: (res: ServerResponse) => void = () => undefined) {
  const state = { etag: '"v1"', body: 'one', failing: false };
  const upstream = await startUpstream((req: IncomingMessage, res: ServerResponse) => {
    if (state.failing) return void res.writeHead(500).end('broken');
    res.setHeader('etag', state.etag);
    res.setHeader('cache-control', cacheControl);
    const same = req.headers['if-none-match'] === state.etag;
    if (same) more(res);
    res.writeHead(same ? 304 : 200).end(same ? undefined : state.body);
  });
  const edge = await startEdge([upstream.url]);
  return { state, upstream, get: (headers = {}) => ask(`${edge.url}/images/a`, { headers }) };
}

it('is a RefreshHit when the service says that nothing has changed', async () => {
  const { get, upstream } = await object('no-cache');
  const [first, second] = [await get(), await get()];
  expect([xCache(first), xCache(second)]).toEqual(['Miss', 'RefreshHit']);
  expect([second.status, second.text]).toEqual([200, 'one']);
  expect(upstream.asked[1]?.headers['if-none-match']).toBe('"v1"');
});

it('takes the new answer, and forgets the old, when something has changed', async () => {
  const { get, state } = await object('no-cache');
  await get();
  Object.assign(state, { etag: '"v2"', body: 'two' });
  const [second, third] = [await get(), await get()];
  expect([xCache(second), second.text]).toEqual(['Miss', 'two']);
  expect([xCache(third), third.text]).toEqual(['RefreshHit', 'two']);
});

it('is fresh again for as long as the service says after a RefreshHit', async () => {
  const { get } = await object('max-age=1');
  await get();
  await eventually(async () => xCache(await get()) === 'RefreshHit', { everyMs: 100 });
  expect(xCache(await get())).toBe('Hit');
});

it.each([
  ['the ETag', '"v1"'],
  ['its weak form', 'W/"v1"'],
  ['a list with it', '"v0", "v1"'],
  ['a star', '*'],
])('answers 304 from the cache to a client that has the same: %s', async (_what, held) => {
  const { get, upstream } = await object('max-age=60');
  await get();
  const answer = await get({ 'if-none-match': held });
  expect([answer.status, answer.text, xCache(answer)]).toEqual([304, '', 'Hit']);
  expect(answer.headers).toMatchObject({ etag: '"v1"', 'cache-control': 'max-age=60' });
  expect((await get({ 'if-none-match': '"v0"' })).text).toBe('one');
  expect(upstream.asked).toHaveLength(1);
});

it('fetches the whole answer for everybody, even when the first client has a copy already', async () => {
  const { get, upstream } = await object('max-age=60');
  expect((await get({ 'if-none-match': '"v1"' })).text).toBe('one');
  expect(upstream.asked[0]?.headers).not.toHaveProperty('if-none-match');
});

it.each([
  ['private', (res: ServerResponse) => void res.setHeader('cache-control', 'private')],
  ['no-store', (res: ServerResponse) => void res.setHeader('cache-control', 'no-store')],
])('forgets an answer whose confirmation comes with %s', async (_what, withdraw) => {
  const { get, upstream } = await object('no-cache', withdraw);
  await get();
  await get();
  const third = await get();
  expect([xCache(third), third.text]).toEqual(['Miss', 'one']);
  expect(upstream.asked[2]?.headers).not.toHaveProperty('if-none-match');
});

it('hands a cookie that came with a confirmation to nobody', async () => {
  const { get } = await object('no-cache', (res) => void res.setHeader('set-cookie', 'session=of-somebody'));
  await get();
  for (let i = 0; i < 2; i++) expect((await get()).headers).not.toHaveProperty('set-cookie');
});

it('serves what is stale while the service fails or is down, as far as it allows that', async () => {
  const { get, state, upstream } = await object('max-age=0, stale-if-error=60');
  await get();
  state.failing = true;
  const failing = await get();
  expect([failing.status, failing.text, xCache(failing)]).toEqual([200, 'one', 'Error']);
  await upstream.stop();
  const down = await get();
  expect([down.status, down.text, xCache(down)]).toEqual([200, 'one', 'Error']);
});

it('passes the failure on when serving stale is not allowed', async () => {
  const { get, state, upstream } = await object('no-cache');
  await get();
  state.failing = true;
  expect((await get()).status).toBe(500);
  await upstream.stop();
  expect((await get()).status).toBe(503);
});
