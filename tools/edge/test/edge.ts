import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@groundwork/service';
import { onTestFinished } from 'vitest';
import { createEdge, type EdgeOptions } from '../src/index.ts';

/** A started edge in front of the given instances. */
export async function startEdge(
  upstreams: readonly string[],
  options: Partial<EdgeOptions> = {},
): Promise<{ url: string; port: number }> {
  const { http, components } = createEdge({
    host: '127.0.0.1',
    port: 0,
    topology: 'cloudfront-waf-alb',
    cacheBytes: 64 * 1024 * 1024,
    webAclName: 'groundwork',
    distribution: 'groundwork.example.com',
    networkAcl: 'groundwork-public',
    region: 'eu-central-1',
    countryOf: () => undefined,
    upstreams: { thumbnailer: upstreams },
    logger: createLogger({ service: 'edge', level: 'silent' }),
    ...options,
  });
  for (const component of components) await component.start?.();
  onTestFinished(async () => {
    http.server.closeAllConnections();
    for (const component of components.toReversed()) await component.stop?.(AbortSignal.timeout(5_000));
  });
  return { url: http.url, port: (http.server.address() as AddressInfo).port };
}

export interface Upstream {
  url: string;
  /** Everything it has been asked, in order. */
  asked: { method: string; url: string; headers: IncomingHttpHeaders }[];
  /** As if its process had been killed. */
  stop(): Promise<void>;
}

export async function startUpstream(listener: RequestListener, port = 0): Promise<Upstream> {
  const asked: Upstream['asked'] = [];
  const server = createServer({ maxHeaderSize: 128 * 1024 }, (req, res) => {
    asked.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers });
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop };
}

/** Answers everything with these headers and this body. */
export const answering =
  (headers: Record<string, string | string[]>, body: string | Buffer = 'body', status = 200) =>
  (_req: IncomingMessage, res: ServerResponse): void => {
    res.writeHead(status, headers).end(body);
  };

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

export interface Ask extends RequestOptions {
  body?: string | Buffer;
}

/** The answer's head; the body is still to be read. */
export function open(url: string, { body, ...options }: Ask = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent: false, ...options }, resolve)
      .once('error', reject)
      .end(body);
  });
}

/** Asks and reads to the end; rejects when the connection breaks before it. */
export async function ask(url: string, options: Ask = {}): Promise<Answer> {
  const answer = await open(url, options);
  const body = Buffer.concat((await answer.toArray()) as Buffer[]);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body, text: body.toString() };
}

export const xCache = (answer: Answer): unknown => answer.headers['x-cache'];
