import { expect, it } from 'vitest';
import { answering, ask, startEdge, startUpstream, xCache } from './edge.ts';

async function cached(headers: Record<string, string | string[]>, status = 200) {
  let turn = 0;
  const upstream = await startUpstream((req, res) => {
    turn += 1;
    answering(headers, `body ${turn}`, status)(req, res);
  });
  const edge = await startEdge([upstream.url]);
  return { upstream, edge, get: (path = '/images/a', extra = {}) => ask(`${edge.url}${path}`, extra) };
}

it('answers again from the cache what may be kept, with its age', async () => {
  const { get, upstream } = await cached({
    'cache-control': 'max-age=60',
    age: '7',
    'content-type': 'image/webp',
  });
  const [first, second] = [await get(), await get()];
  expect([xCache(first), xCache(second)]).toEqual(['Miss', 'Hit']);
  expect(second.text).toBe('body 1');
  expect(Number(second.headers['age'])).toBeGreaterThanOrEqual(7);
  expect(second.headers).toMatchObject({ 'content-type': 'image/webp', 'content-length': '6' });
  expect(upstream.asked).toHaveLength(1);
});

it('prefers what is meant for shared caches', async () => {
  const { get } = await cached({ 'cache-control': 'max-age=0, s-maxage=60' });
  expect([xCache(await get()), xCache(await get())]).toEqual(['Miss', 'Hit']);
});

it('keeps apart addresses, their query included', async () => {
  const { get } = await cached({ 'cache-control': 'max-age=60' });
  const answers = [await get('/images/a?x=1'), await get('/images/a?x=2'), await get('/images/b?x=1')];
  expect(answers.map(xCache)).toEqual(['Miss', 'Miss', 'Miss']);
});

it.each([
  ['no-store', { 'cache-control': 'no-store' }],
  ['private', { 'cache-control': 'private, max-age=60' }],
  ['no freshness at all', {}],
  ['Vary: *', { 'cache-control': 'max-age=60', vary: '*' }],
  ['Set-Cookie', { 'cache-control': 'max-age=60', 'set-cookie': 'session=1' }],
  ['Set-Cookie, although public', { 'cache-control': 'public, max-age=60', 'set-cookie': ['a=1', 'b=2'] }],
  [
    'Set-Cookie, although it has an ETag',
    { 'cache-control': 'max-age=60', etag: '"1"', 'set-cookie': 'session=1' },
  ],
])('asks the service each time for an answer with %s, without conditions', async (_what, headers) => {
  const { get, upstream } = await cached(headers);
  const texts = [(await get()).text, (await get()).text];
  expect(texts).toEqual(['body 1', 'body 2']);
  expect(upstream.asked[1]?.headers).not.toHaveProperty('if-none-match');
});

it('never shares what was answered to somebody with credentials', async () => {
  const { get } = await cached({ 'cache-control': 'max-age=60', etag: '"1"' });
  expect((await get('/images/a', { headers: { authorization: 'Bearer mine' } })).text).toBe('body 1');
  expect((await get()).text).toBe('body 2');
});

it('does not keep a 404 that must not be stored, and keeps one that may', async () => {
  const strict = await cached({ 'cache-control': 'no-store' }, 404);
  expect([xCache(await strict.get()), xCache(await strict.get())]).toEqual(['Miss', 'Miss']);
  const lax = await cached({ 'cache-control': 'max-age=60' }, 404);
  const [, second] = [await lax.get(), await lax.get()];
  expect([second.status, xCache(second), second.text]).toEqual([404, 'Hit', 'body 1']);
});

it('keeps nothing of routes that are not cached, and nothing of other methods', async () => {
  const { get } = await cached({ 'cache-control': 'max-age=60' });
  expect([xCache(await get('/thumbnailer/a')), xCache(await get('/thumbnailer/a'))]).toEqual([
    'Miss',
    'Miss',
  ]);
  const post = { method: 'POST', body: 'x' };
  expect([xCache(await get('/images/a', post)), xCache(await get('/images/a'))]).toEqual(['Miss', 'Miss']);
});

it.each([
  { 'cache-control': 'no-cache' },
  { 'cache-control': 'no-store' },
  { pragma: 'no-cache' },
  { 'cache-control': 'max-age=0' },
])('does not let a client go past the cache with %o', async (headers) => {
  const { get, upstream } = await cached({ 'cache-control': 'max-age=60' });
  await get('/images/a', { headers });
  expect(xCache(await get('/images/a', { headers }))).toBe('Hit');
  expect(upstream.asked).toHaveLength(1);
});

it('keeps the variants of an address apart by what Vary names', async () => {
  const upstream = await startUpstream((req, res) =>
    answering({ 'cache-control': 'max-age=60', vary: 'Accept' }, req.headers.accept ?? 'none')(req, res),
  );
  const edge = await startEdge([upstream.url]);
  const get = (accept?: string) =>
    ask(`${edge.url}/images/a`, { headers: accept === undefined ? {} : { accept } });
  for (const accept of ['image/webp', 'image/avif', undefined]) {
    const [first, second] = [await get(accept), await get(accept)];
    expect([xCache(first), xCache(second), second.text]).toEqual(['Miss', 'Hit', accept ?? 'none']);
  }
  expect(xCache(await get('image/webp'))).toBe('Hit');
});

it('answers HEAD from a kept GET, and keeps the GET that a HEAD has caused', async () => {
  const { edge, get, upstream } = await cached({ 'cache-control': 'max-age=60' });
  await get();
  const head = await ask(`${edge.url}/images/a`, { method: 'HEAD' });
  expect([xCache(head), head.text, head.headers['content-length']]).toEqual(['Hit', '', '6']);
  await ask(`${edge.url}/images/b`, { method: 'HEAD' });
  expect(upstream.asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
  expect((await get('/images/b')).text).toBe('body 2');
});

it('lets a request for a range go past the cache and keeps nothing of it', async () => {
  const { get, upstream } = await cached({ 'cache-control': 'max-age=60' });
  await get();
  expect(xCache(await get('/images/a', { headers: { range: 'bytes=0-1' } }))).toBe('Miss');
  expect(upstream.asked[1]?.headers.range).toBe('bytes=0-1');
  expect((await get()).text).toBe('body 1');
});
