import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { ProblemError } from '@groundwork/service';
import type { EdgeProblem } from './problems.ts';
import type { Upstreams } from './upstreams.ts';

/** As long as CloudFront waits for an origin by default, in ms. */
const ORIGIN_TIMEOUT_MS = 30_000;
/** RFC 9110 section 9.2.2: doing it twice is as good as once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const CONNECT_FAILURES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

export interface ForwardRequest {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  /** Absent when the request has no body. */
  body?: IncomingMessage;
  signal: AbortSignal;
}

/** Sends requests on to the instances of a service over kept-alive connections. */
export class Forwarder {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #timeoutMs: number;

  constructor(timeoutMs = ORIGIN_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Resolves as soon as the answer's head is there; its body is still to be read.
   * Another instance is tried when one cannot be connected to, or when a kept-alive
   * connection turns out dead, as long as nothing of a body has been sent.
   */
  async forward(upstreams: Upstreams, request: ForwardRequest): Promise<IncomingMessage> {
    let last: unknown;
    for (const url of upstreams.candidates()) {
      try {
        return await this.#once(url, request);
      } catch (error) {
        last = error;
        if (request.signal.aborted || !refusedConnection(error)) break;
        upstreams.failed(url);
        if (request.body !== undefined) break; // some of it may have been read
      }
    }
    throw toProblem(last, this.#timeoutMs);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #once(url: URL, request: ForwardRequest): Promise<IncomingMessage> {
    try {
      return await this.#send(url, request, this.#agent);
    } catch (error) {
      // The service closed an idle connection at the moment we used it: once more on a fresh one.
      const stale = (error as NodeJS.ErrnoException & { reused?: boolean }).reused === true;
      const repeatable = request.body === undefined && IDEMPOTENT.has(request.method);
      if (!stale || !repeatable || request.signal.aborted) throw error;
      return this.#send(url, request, new Agent({ keepAlive: false }));
    }
  }

  #send(url: URL, request: ForwardRequest, agent: Agent): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent,
          host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
          port: url.port,
          method: request.method,
          path: request.path,
          headers: framed(request),
          signal: request.signal,
          timeout: this.#timeoutMs,
        },
        resolve,
      );
      outgoing.once('timeout', () =>
        outgoing.destroy(Object.assign(new Error('timeout'), { code: 'ORIGIN_TIMEOUT' })),
      );
      outgoing.on('error', (error) => reject(Object.assign(error, { reused: outgoing.reusedSocket })));
      if (request.body === undefined) outgoing.end();
      else {
        request.body.once('error', (error) => outgoing.destroy(error));
        request.body.pipe(outgoing);
      }
    });
  }
}

/**
 * A body without a length goes in chunks, whatever the method: Node would write that of a
 * GET or DELETE bare, and the service would read it as the next request.
 */
function framed({ headers, body }: ForwardRequest): OutgoingHttpHeaders {
  const unframed = body !== undefined && headers['content-length'] === undefined;
  return unframed ? { ...headers, 'transfer-encoding': 'chunked' } : headers;
}

function refusedConnection(error: unknown): boolean {
  return CONNECT_FAILURES.has((error as NodeJS.ErrnoException).code ?? '');
}

function toProblem(error: unknown, timeoutMs: number): ProblemError<EdgeProblem> {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'ORIGIN_TIMEOUT') {
    return new ProblemError('upstream_timeout', `No answer within ${timeoutMs / 1000} s.`, {
      cause: error,
    });
  }
  if (CONNECT_FAILURES.has(code)) {
    return new ProblemError('upstream_unavailable', 'No instance of the service accepts connections.', {
      headers: { 'retry-after': '1' },
      cause: error,
    });
  }
  return new ProblemError('upstream_failed', 'The connection to the service broke before it answered.', {
    cause: error,
  });
}
