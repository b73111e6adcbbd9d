import { expect, it } from 'vitest';
import { answering, ask, startEdge, startUpstream } from './edge.ts';

it.each([
  ['/thumbnailer/v1/manifests/a/b%2Fc?x=1&y=%20', '/v1/manifests/a/b%2Fc?x=1&y=%20'],
  ['/thumbnailer/', '/'],
  ['/thumbnailer/?q', '/?q'],
  ['/images/photo.jpg?preset=small', '/images/photo.jpg?preset=small'],
  ['/derivatives/ab/cd.webp', '/derivatives/ab/cd.webp'],
])('passes %s to the service as %s', async (asked, expected) => {
  const upstream = await startUpstream(answering({}));
  const edge = await startEdge([upstream.url]);
  expect((await ask(`${edge.url}${asked}`)).status).toBe(200);
  expect(upstream.asked.map(({ url }) => url)).toEqual([expected]);
});

it.each(['/', '/thumbnailer', '/nothing/here', '/healthz/more', '//thumbnailer/', '/Thumbnailer/', '/%'])(
  'answers %s with a problem that lists where there is something',
  async (path) => {
    const upstream = await startUpstream(answering({}));
    const edge = await startEdge([upstream.url]);
    const answer = await ask(edge.url, { path });
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const problem = JSON.parse(answer.text) as { code: string; detail: string };
    expect(problem.code).toBe('no_route');
    for (const prefix of ['/healthz', '/images/', '/derivatives/', '/thumbnailer/']) {
      expect(problem.detail).toContain(prefix);
    }
    expect(upstream.asked).toEqual([]);
  },
);

it('is no open proxy: a foreign address in the request line leads nowhere', async () => {
  const foreign = await startUpstream(answering({}, 'secret'));
  const edge = await startEdge([foreign.url]);
  const answer = await ask(edge.url, { path: `${foreign.url}/thumbnailer/x` });
  expect(answer.status).toBe(404);
  expect(foreign.asked).toEqual([]);
});

it('answers HEAD of a wrong path without a body', async () => {
  const edge = await startEdge(['http://127.0.0.1:1']);
  const answer = await ask(`${edge.url}/nowhere`, { method: 'HEAD' });
  expect([answer.status, answer.text]).toEqual([404, '']);
});
