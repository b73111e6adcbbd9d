import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  commonProblems,
  ProblemError,
  renderProblem,
  requestIdFrom,
  toProblemError,
  type Logger,
} from '@groundwork/service';
import { EdgeCache, MAX_OBJECT_BYTES, type CachedAnswer, type CacheRequest } from './cache.ts';
import type { Forwarder } from './forward.ts';
import type { Gates } from './gates.ts';
import { clientAddress, forwardedHeaders, responseHeaders } from './headers.ts';
import { checkAll } from './health.ts';
import { problems, type EdgeProblem } from './problems.ts';
import { routeOf, ROUTES, upstreamPath, type Route, type Service } from './routes.ts';
import type { Upstreams } from './upstreams.ts';

export interface EdgeParts {
  gates: Gates;
  upstreams: ReadonlyMap<Service, Upstreams>;
  forwarder: Forwarder;
  cache: EdgeCache;
  logger: Logger;
}

type XCache = 'Hit' | 'Miss' | 'RefreshHit' | 'Error';

/** One request on its way through. */
interface Visit {
  req: IncomingMessage;
  res: ServerResponse;
  route: Route;
  upstreams: Upstreams;
  signal: AbortSignal;
}

/** Gates → route → cache → service. */
export function createEdgeListener(parts: EdgeParts) {
  return (req: IncomingMessage, res: ServerResponse): void => {
    const began = performance.now();
    const given = req.headers['x-request-id'];
    const requestId = requestIdFrom(given);
    res.setHeader('x-request-id', requestId);
    req.headers['x-request-id'] = requestId;
    res.once('close', () => {
      const entry = {
        method: req.method,
        url: req.url,
        status: res.statusCode,
        client: clientAddress(req),
        cache: res.getHeader('x-cache'),
        ms: Math.round(performance.now() - began),
        requestId,
      };
      parts.logger[req.url === '/healthz' ? 'debug' : 'info'](
        entry,
        `${req.method} ${req.url} ${res.statusCode}`,
      );
    });
    handle(parts, req, res).catch((error: unknown) => fail(parts, req, res, error, requestId));
  };
}

async function handle(parts: EdgeParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const refusal = parts.gates({ req, address: clientAddress(req) });
  if (refusal !== undefined) {
    throw new ProblemError<EdgeProblem>(refusal.code, refusal.detail, {
      headers: { 'x-edge-gate': refusal.gate },
    });
  }
  const path = (req.url ?? '/').split('?')[0] ?? '/';
  if (path === '/healthz') return answerHealth(parts, res);
  const route = routeOf(path);
  const upstreams = route === undefined ? undefined : parts.upstreams.get(route.service);
  if (route === undefined || upstreams === undefined) {
    const known = ROUTES.map((one) => one.prefix).join(' ');
    throw new ProblemError<EdgeProblem>('no_route', `${path} leads nowhere; there are: /healthz ${known}`);
  }
  const gone = new AbortController();
  res.once('close', () => {
    // A HEAD is answered before the body has come in for the cache.
    if (!res.writableFinished) gone.abort();
  });
  const visit: Visit = { req, res, route, upstreams, signal: gone.signal };
  const cacheable =
    route.cached && (req.method === 'GET' || req.method === 'HEAD') && req.headers.range === undefined;
  await (cacheable ? throughCache(parts, visit) : straight(parts, visit));
}

async function straight(parts: EdgeParts, visit: Visit): Promise<void> {
  const answer = await ask(parts, visit, visit.req.method ?? 'GET', {});
  visit.res.writeHead(answer.statusCode ?? 502, { ...responseHeaders(answer.headers), 'x-cache': 'Miss' });
  await stream(visit, answer);
}

/** Fresh: answered from here. Stale: the service is asked whether it still holds. Absent: fetched and kept. */
async function throughCache(parts: EdgeParts, visit: Visit): Promise<void> {
  const { cache } = parts;
  const { req } = visit;
  // As the service would be asked: what a client claims about itself must not tell variants apart.
  const request: CacheRequest = { method: 'GET', url: req.url ?? '/', headers: forwardedHeaders(req) };
  const kept = cache.find(request);
  if (kept !== undefined && cache.isFresh(kept, request)) return serve(visit, kept, 'Hit');
  // Always asked as an unconditional GET: the answer is for everybody, not for this client's copy.
  const conditions =
    kept === undefined
      ? { 'if-none-match': undefined, 'if-modified-since': undefined }
      : cache.revalidationHeaders(kept, request);
  let answer: IncomingMessage;
  try {
    answer = await ask(parts, visit, 'GET', conditions);
  } catch (error) {
    if (kept === undefined || visit.signal.aborted) throw error;
    const { policy, matches } = cache.revalidated(kept, request, 503, {});
    if (!matches) throw error;
    return serve(visit, { ...kept, policy }, 'Error'); // stale-if-error
  }
  const status = answer.statusCode ?? 502;
  if (kept !== undefined) {
    const { policy, modified } = cache.revalidated(kept, request, status, answer.headers);
    if (!modified) {
      answer.resume();
      const refreshed = { ...kept, policy };
      if (status === 304) cache.refresh(request, refreshed);
      return serve(visit, refreshed, status === 304 ? 'RefreshHit' : 'Error');
    }
    cache.drop(request);
  }
  const policy = cache.policyFor(request, status, answer.headers);
  if (policy === undefined || Number(answer.headers['content-length'] ?? 0) > MAX_OBJECT_BYTES) {
    visit.res.writeHead(status, { ...responseHeaders(answer.headers), 'x-cache': 'Miss' });
    await stream(visit, answer);
    return;
  }
  const body = await stream(visit, answer, { status, headers: answer.headers });
  if (body !== undefined) cache.keep(request, { policy, status, body }, answer.headers);
}

function ask(
  parts: EdgeParts,
  visit: Visit,
  method: string,
  extra: OutgoingHttpHeaders,
): Promise<IncomingMessage> {
  const { req, route } = visit;
  const headers = Object.fromEntries(
    Object.entries({ ...forwardedHeaders(req), ...extra }).filter(([, value]) => value !== undefined),
  );
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  return parts.forwarder.forward(visit.upstreams, {
    method,
    path: upstreamPath(route, req.url ?? '/'),
    headers,
    signal: visit.signal,
    ...(hasBody ? { body: req } : {}),
  });
}

/** Answers from the cache, with 304 when the client's copy is the same. */
function serve(visit: Visit, answer: CachedAnswer, xCache: XCache): void {
  const { req, res } = visit;
  const headers = {
    ...responseHeaders(answer.policy.responseHeaders()),
    'x-request-id': res.getHeader('x-request-id'), // not that of the request it was kept from
    'x-cache': xCache,
  };
  const etag = headers['etag' as keyof typeof headers] as string | undefined;
  const held = (req.headers['if-none-match'] ?? '').split(',').map((item) => item.trim().replace(/^W\//, ''));
  const same = etag !== undefined && (held.includes('*') || held.includes(etag.replace(/^W\//, '')));
  if (answer.status === 200 && same) {
    const { 'content-length': _, ...rest } = headers as OutgoingHttpHeaders;
    res.writeHead(304, rest).end();
    return;
  }
  res.writeHead(answer.status, { ...headers, 'content-length': answer.body.length });
  res.end(req.method === 'HEAD' ? undefined : answer.body);
}

/**
 * Passes the body on as it comes. With `keepAs`, writes the head too and returns
 * the whole body for the cache, or undefined when it grew too large or broke off.
 */
async function stream(
  visit: Visit,
  answer: IncomingMessage,
  keepAs?: { status: number; headers: IncomingHttpHeaders },
): Promise<Buffer | undefined> {
  const { req, res } = visit;
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (keepAs !== undefined) {
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_OBJECT_BYTES) chunks.push(chunk);
    });
    res.writeHead(keepAs.status, { ...responseHeaders(keepAs.headers), 'x-cache': 'Miss' });
  }
  try {
    if (req.method === 'HEAD') {
      res.end();
      for await (const _ of answer); // read for the cache only
    } else {
      await pipeline(answer, res);
    }
  } catch {
    res.destroy(); // one side broke off: the other must see it
    return undefined;
  }
  return bytes <= MAX_OBJECT_BYTES ? Buffer.concat(chunks) : undefined;
}

async function answerHealth(parts: EdgeParts, res: ServerResponse): Promise<void> {
  const health = await checkAll(parts.upstreams);
  res.writeHead(health.status === 'failing' ? 503 : 200, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  res.end(`${JSON.stringify(health)}\n`);
}

function fail(
  parts: EdgeParts,
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  requestId: string,
): void {
  if (res.destroyed) return;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const problem = toProblemError(error);
  if (problem.code === 'internal')
    parts.logger.error({ error: problem.cause ?? error, requestId }, 'the edge failed');
  const path = (req.url ?? '/').split('?')[0] ?? '/';
  const { status, headers, body } = renderProblem(
    problem,
    { ...commonProblems, ...problems },
    { path, requestId },
  );
  req.resume();
  res.writeHead(status, { ...headers, 'x-cache': 'Error' });
  res.end(req.method === 'HEAD' ? undefined : JSON.stringify(body));
}
