import {
  checkScope,
  commonProblems,
  ProblemError,
  renderProblem,
  requestIdFrom,
  type Authenticate,
  type Logger,
  type Principal,
} from '@groundwork/service';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { keyIn } from '../domain/cache/collection.ts';
import { answerBatch } from './batch.ts';
import type { Catalogue, Shelf } from './catalogue.ts';
import { parsePath, type ReadPath } from './read-path.ts';
import { problems, toCacheProblem } from './problems.ts';
import { Scratch } from './scratch.ts';
import { headersFor, send } from './send.ts';
import { shelfOf } from './shelf-of.ts';

export interface ReadParts {
  cache: Cache;
  authenticate: Authenticate;
  catalogue: Catalogue;
  /** All other requests. */
  app: RequestListener;
  logger: Logger;
  now?: () => number;
  /** How long it took, in ms, what was not there. A hit has no time to be measured. */
  onRead?: (shelf: Shelf, ms: number) => void;
}

const PROBLEMS = { ...commonProblems, ...problems };

/**
 * All reads, without Express, which costs several times as much as a hit does. A hit in this process is
 * answered before the call returns.
 */
export function answerReads(parts: ReadParts): RequestListener {
  const { cache, authenticate, catalogue, app, now = Date.now } = parts;
  const scratch = new Scratch();

  function read(
    req: IncomingMessage,
    res: ServerResponse,
    path: ReadPath,
    principal: Principal | undefined,
  ): void {
    checkScope(principal, 'cache:read');
    const shelf = shelfOf<Shelf>(path.kind, catalogue[path.kind], path.name);
    if (path.isBatch)
      return void answerBatch(req, res, {
        cache,
        shelf,
        now,
        scratch,
        onError: (error) => log(req, error),
      }).catch((error: unknown) => fail(req, res, error));
    const { collection } = shelf;
    // What is cached under the id as it stands here is what it means, as nothing is cached under another form of it.
    if (shelf.isJson || !path.rest.includes('%')) {
      const hit = cache.peek(collection, path.rest);
      if (hit !== undefined) return answer(req, res, shelf, path.rest, hit);
    }
    const id = shelf.idOf(path.rest);
    const began = performance.now();
    cache
      .get(collection, id)
      .then((given) => {
        if (given.state !== 'hit') parts.onRead?.(shelf, performance.now() - began);
        answer(req, res, shelf, id, given);
      })
      .catch((error: unknown) => fail(req, res, error));
  }

  function answer(req: IncomingMessage, res: ServerResponse, shelf: Shelf, id: string, given: Answer): void {
    const { collection } = shelf;
    const sending = { collection, id, answer: given, now: now() };
    if (!given.entry.isAbsent) return send(req, res, sending);
    const headers = headersFor(req, sending);
    sendProblem(
      req,
      res,
      new ProblemError<string>('entry_not_found', `There is no ${keyIn(collection, id)}.`),
      headers,
    );
  }

  function fail(req: IncomingMessage, res: ServerResponse, error: unknown): void {
    const problem = toCacheProblem(error);
    const { status } = PROBLEMS[problem.code as keyof typeof PROBLEMS] ?? commonProblems.internal;
    if (status >= 500) log(req, problem.cause ?? error);
    sendProblem(req, res, problem, []);
  }

  function log({ url }: IncomingMessage, error: unknown): void {
    parts.logger.error({ error, path: url }, 'a read failed');
  }

  return (req, res) => {
    const path = parsePath(req);
    if (path === undefined) return app(req, res);
    try {
      const principal = authenticate(req);
      if (!(principal instanceof Promise)) return read(req, res, path, principal);
      principal.then((known) => read(req, res, path, known)).catch((error: unknown) => fail(req, res, error));
    } catch (error) {
      fail(req, res, error);
    }
  };
}

function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  problem: ProblemError<string>,
  more: readonly string[],
): void {
  if (res.headersSent) {
    // The answer has begun: the only honest thing left is to cut it off.
    res.destroy();
    return;
  }
  const requestId = requestIdFrom(req.headers['x-request-id']);
  const path = (req.url ?? '').split('?', 1)[0]!;
  const { status, headers, body } = renderProblem(problem, PROBLEMS, { path, requestId });
  const bytes = Buffer.from(JSON.stringify(body));
  const own = { ...headers, 'x-request-id': requestId, 'x-content-type-options': 'nosniff' };
  for (const [name, value] of Object.entries(own)) res.setHeader(name, value);
  for (let at = 0; at < more.length; at += 2) res.setHeader(more[at]!, more[at + 1]!);
  res.setHeader('content-length', bytes.length);
  res.writeHead(status);
  if (req.method === 'HEAD') res.end();
  else res.end(bytes);
}
