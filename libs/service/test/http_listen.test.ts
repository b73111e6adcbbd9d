import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHttpServer, httpSettings, parseConfig, type HttpServer } from '../src/index.ts';
import { eventually } from '../src/testing.ts';

const running: HttpServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop?.(AbortSignal.abort());
});

async function listen(listener: Parameters<typeof createServer>[1], host = '127.0.0.1') {
  const server = createHttpServer(listener as never, { host, port: 0 });
  running.push(server);
  await server.start?.();
  return server;
}

/** One GET; `agent` may keep the connection. */
async function get(url: string, agent?: Agent): Promise<IncomingMessage & { text: string }> {
  const sent = request(url, agent === undefined ? {} : { agent }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return Object.assign(answer, { text });
}

describe('the http server', () => {
  it('says which setting to change when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const server = createHttpServer(() => undefined, { host: '127.0.0.1', port });
    await expect(server.start?.()).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is already in use; stop what holds it or set PORT to another one.`,
    );
    await server.stop?.(new AbortController().signal);
    other.close();
  });

  it('can be reached from this machine only, by default', async () => {
    const { HOST } = parseConfig(z.object(httpSettings(0)), {});
    const server = await listen((_req, res) => res.end('hello'), HOST);
    expect((await get(server.url)).text).toBe('hello');
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const foreign = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter((one) => !one.internal && one.family === 'IPv4').map((one) => one.address),
    );
    for (const host of foreign) {
      const socket = connect((server.server.address() as AddressInfo).port, host);
      await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('writes an IPv6 address as URLs want it', async () => {
    const server = await listen((_req, res) => res.end('six'), '::1');
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await get(server.url)).text).toBe('six');
  });
});

describe('a stop of the http server', () => {
  it('finishes the request it has, then closes, and accepts no more', async () => {
    const release = Promise.withResolvers<void>();
    let arrived = false;
    const server = await listen((_req, res) => {
      arrived = true;
      void release.promise.then(() => res.end('finished'));
    });
    const agent = new Agent({ keepAlive: true });
    const { url } = server;
    const answer = get(url, agent);
    await eventually(() => arrived);
    const stopped = server.stop?.(new AbortController().signal);
    await expect(get(url)).rejects.toThrow('ECONNREFUSED');
    const began = performance.now();
    release.resolve();
    expect((await answer).text).toBe('finished');
    await stopped;
    // Not only when the kept connection has idled for five seconds.
    expect(performance.now() - began).toBeLessThan(2_000);
    agent.destroy();
  });

  it('closes the connection after an answer that had already begun', async () => {
    const release = Promise.withResolvers<void>();
    const server = await listen((_req, res) => {
      res.write('begun, ');
      void release.promise.then(() => res.end('finished'));
    });
    const agent = new Agent({ keepAlive: true });
    const sent = request(server.url, { agent }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const stopped = server.stop?.(new AbortController().signal);
    const began = performance.now();
    release.resolve();
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    expect(text).toBe('begun, finished');
    await stopped;
    expect(performance.now() - began).toBeLessThan(2_000);
    agent.destroy();
  });

  it('does not wait for a connection that only idles', async () => {
    const server = await listen((_req, res) => res.end('x'));
    const agent = new Agent({ keepAlive: true });
    await get(server.url, agent);
    const began = performance.now();
    await server.stop?.(new AbortController().signal);
    expect(performance.now() - began).toBeLessThan(1_000);
    agent.destroy();
  });

  it.each(['later', 'already'])('cuts requests off at the deadline (passed %s)', async (when) => {
    let arrived = false;
    const server = await listen(() => {
      arrived = true;
    });
    const answer = expect(get(server.url)).rejects.toThrow('socket hang up');
    await eventually(() => arrived);
    const deadline = new AbortController();
    if (when === 'already') deadline.abort();
    const stopped = server.stop?.(deadline.signal);
    deadline.abort();
    await stopped;
    await answer;
  });
});
