import { expect, it } from 'vitest';
import { ask, open, startEdge, startUpstream, xCache } from './edge.ts';

it.each([
  ['/thumbnailer/x', {}],
  ['/images/x', {}],
  ['/images/x', { 'content-length': '1000' }],
])('breaks the connection of the client of %s too, and keeps nothing', async (path, headers) => {
  let whole = false;
  const upstream = await startUpstream((_req, res) => {
    if (whole) return void res.writeHead(200, { 'cache-control': 'max-age=60' }).end('whole');
    res.writeHead(200, { 'cache-control': 'max-age=60', ...headers });
    res.write('half', () => res.destroy());
  });
  const edge = await startEdge([upstream.url]);
  const answer = await open(`${edge.url}${path}`);
  await expect(answer.toArray()).rejects.toThrow('aborted');

  whole = true;
  const again = await ask(`${edge.url}${path}`);
  expect([again.text, xCache(again)]).toEqual(['whole', 'Miss']);
});

it('answers 502 with a problem when the service leaves without a word', async () => {
  const upstream = await startUpstream((_req, res) => void res.destroy());
  const edge = await startEdge([upstream.url]);
  const answer = await ask(`${edge.url}/thumbnailer/x`);
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([502, { code: 'upstream_failed' }]);
  expect(upstream.asked).toHaveLength(1);
});
