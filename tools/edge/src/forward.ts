import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { ProblemError } from '@groundwork/service';
import type { EdgeProblem } from './problems.ts';
import type { Upstreams } from './upstreams.ts';

/** As long as CloudFront waits for an origin by default, in ms. */
const ORIGIN_TIMEOUT_MS = 30_000;
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
        if (request.signal.aborted || !mayTryAnother(error, request)) break;
        upstreams.failed(url);
      }
    }
    throw toProblem(last);
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
      if (!stale || request.body !== undefined || request.signal.aborted) throw error;
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
          headers: request.headers,
          signal: request.signal,
          timeout: ORIGIN_TIMEOUT_MS,
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

function mayTryAnother(error: unknown, request: ForwardRequest): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return request.body === undefined && CONNECT_FAILURES.has(code);
}

function toProblem(error: unknown): ProblemError<EdgeProblem> {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'ORIGIN_TIMEOUT') {
    return new ProblemError('upstream_timeout', `No answer within ${ORIGIN_TIMEOUT_MS / 1000} s.`, {
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
