import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { freePort } from '@groundwork/service/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Upstreams } from '../src/upstreams.ts';
import { answering, ask, startEdge, startUpstream } from './edge.ts';

const deadUrl = async () => `http://127.0.0.1:${await freePort()}`;

it('takes instances in turn', async () => {
  const instances = await Promise.all(['a', 'b', 'c'].map((name) => startUpstream(answering({}, name))));
  const edge = await startEdge(instances.map(({ url }) => url));
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push((await ask(`${edge.url}/thumbnailer/x`)).text);
  expect(answers.join('')).toBe('abcabc');
});

it('asks another instance when one refuses the connection', async () => {
  const alive = await startUpstream(answering({}, 'alive'));
  const edge = await startEdge([await deadUrl(), await deadUrl(), alive.url]);
  for (let i = 0; i < 5; i++) expect((await ask(`${edge.url}/thumbnailer/x`)).text).toBe('alive');
});

it('never sends a request with a body twice, and leaves the dead instance alone afterwards', async () => {
  const alive = await startUpstream(answering({}, 'alive'));
  const edge = await startEdge([await deadUrl(), alive.url]);
  const post = { method: 'POST', body: '{}' };
  expect((await ask(`${edge.url}/thumbnailer/x`, post)).status).toBe(503);
  expect(alive.asked).toEqual([]);
  for (let i = 0; i < 4; i++) expect((await ask(`${edge.url}/thumbnailer/x`, post)).status).toBe(200);
});

it('asks an instance last while it has just failed, and in its turn again later', () => {
  let now = 10_000;
  const upstreams = new Upstreams(['http://a', 'http://b'], () => now);
  const first = () =>
    upstreams
      .candidates()
      .map(({ host }) => host)
      .join('');
  upstreams.failed(new URL('http://a'));
  expect([first(), first()]).toEqual(['ba', 'ba']);
  now += 2_000;
  expect([first(), first()]).toEqual(['ab', 'ba']);
});

it('answers 503 with Retry-After when no instance accepts connections', async () => {
  const edge = await startEdge([await deadUrl(), await deadUrl()]);
  const answer = await ask(`${edge.url}/thumbnailer/x`);
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'upstream_unavailable', instance: '/thumbnailer/x' });
});

it('answers 504 when the service stays silent, and does not ask another', async () => {
  const silent = await Promise.all([1, 2].map(() => startUpstream(() => undefined)));
  const edge = await startEdge(
    silent.map(({ url }) => url),
    { originTimeoutMs: 100 },
  );
  const answer = await ask(`${edge.url}/thumbnailer/x`);
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
    504,
    { code: 'upstream_timeout', detail: 'No answer within 0.1 s.' },
  ]);
  expect(silent.flatMap(({ asked }) => asked)).toHaveLength(1);
});

it.each([
  ['GET', 200, 2],
  ['DELETE', 200, 2],
  ['POST', 502, 1],
])('deals with %s on a kept-alive connection that turns out dead', async (method, status, times) => {
  const heads: string[] = [];
  const server = createServer((socket) => {
    let requests = 0;
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        requests += 1;
        if (requests === 1) {
          if (data.toString().includes('/again')) heads.push('again');
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        } else {
          heads.push('again');
          socket.destroy();
        }
      });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const edge = await startEdge([`http://127.0.0.1:${port}`]);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  await ask(`${edge.url}/thumbnailer/first`, { agent });
  const answer = await ask(`${edge.url}/thumbnailer/again`, { method, agent });
  expect([answer.status, heads.length]).toEqual([status, times]);
});
