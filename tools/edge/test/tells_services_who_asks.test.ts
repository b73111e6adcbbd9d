import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { answering, ask, startEdge, startUpstream } from './edge.ts';

const FORGED = {
  forwarded: 'for=6.6.6.6',
  'x-forwarded-for': '6.6.6.6',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '666',
  'x-real-ip': '6.6.6.6',
};

it.each(['127.0.0.1', '127.0.0.9'])(
  'tells the service that %s asks, whatever the client claims',
  async (from) => {
    const upstream = await startUpstream(answering({}));
    const edge = await startEdge([upstream.url]);
    await ask(`${edge.url}/thumbnailer/x`, { localAddress: from, headers: FORGED });
    const { headers } = upstream.asked[0] ?? {};
    expect(headers).toMatchObject({
      'x-forwarded-for': from,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(edge.port),
    });
    for (const name of ['forwarded', 'x-forwarded-host', 'x-real-ip'])
      expect(headers).not.toHaveProperty(name);
  },
);

it('tells the truth too when it asks whether a kept answer still holds', async () => {
  const upstream = await startUpstream(answering({ etag: '"1"', 'cache-control': 'no-cache' }));
  const edge = await startEdge([upstream.url]);
  for (let i = 0; i < 2; i++)
    await ask(`${edge.url}/images/a`, { localAddress: '127.0.0.9', headers: FORGED });
  expect(upstream.asked[1]?.headers).toMatchObject({
    'if-none-match': '"1"',
    'x-forwarded-for': '127.0.0.9',
  });
  expect(JSON.stringify(upstream.asked[1])).not.toMatch(/6\.6\.6\.6|evil|666/);
});

it('keeps headers that are about one connection to that connection, both ways', async () => {
  const upstream = await startUpstream(
    answering({ connection: 'keep-alive, x-hop', 'keep-alive': 'timeout=9', 'x-hop': '1', 'x-kept': '1' }),
  );
  const edge = await startEdge([upstream.url]);
  const answer = await ask(`${edge.url}/thumbnailer/x`, {
    headers: {
      connection: 'close, x-hop',
      'x-hop': '1',
      'x-kept': '1',
      te: 'trailers',
      upgrade: 'websocket',
      'proxy-authorization': 'Basic secret',
    },
  });
  const { headers } = upstream.asked[0] ?? {};
  expect(headers).toMatchObject({ 'x-kept': '1' });
  for (const name of ['x-hop', 'te', 'upgrade', 'proxy-authorization'])
    expect(headers).not.toHaveProperty(name);
  expect(answer.headers['x-kept']).toBe('1');
  expect(answer.headers).not.toHaveProperty('x-hop');
  expect(answer.headers['keep-alive']).not.toBe('timeout=9');
});

it.each(['GET', 'DELETE', 'OPTIONS', 'POST'])(
  'never lets the body of a chunked %s become a request of its own',
  async (method) => {
    const bodies: string[] = [];
    const upstream = await startUpstream((req, res) => {
      void req.toArray().then((chunks) => {
        bodies.push(Buffer.concat(chunks as Buffer[]).toString());
        res.end('done');
      });
    });
    const edge = await startEdge([upstream.url]);
    const hidden = 'GET /internal/admin HTTP/1.1\r\nhost: x\r\n\r\n';
    const socket = connect(edge.port, '127.0.0.1');
    socket.write(
      `${method} /thumbnailer/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n` +
        `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    );
    const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
    expect(answer).toContain(' 200 OK');
    expect(upstream.asked.map(({ url }) => url)).toEqual(['/x']);
    expect(bodies).toEqual([hidden]);
  },
);
