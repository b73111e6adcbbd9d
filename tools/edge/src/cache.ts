import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import CachePolicy from 'http-cache-semantics';
import { LRUCache } from 'lru-cache';

export interface CachedAnswer {
  policy: CachePolicy;
  status: number;
  body: Buffer;
}

export interface CacheRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

/** A larger answer passes through without being kept, in bytes. */
export const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
/** Which variants exist is remembered for this many addresses. */
const MAX_ADDRESSES = 10_000;

/**
 * Shared cache by the rules of RFC 9111 as CloudFront applies them: the service's
 * Cache-Control decides, the client's is not listened to. Bounded in bytes.
 */
export class EdgeCache {
  readonly #answers: LRUCache<string, CachedAnswer>;
  /** Names of the request headers that tell the variants of an address apart. */
  readonly #vary = new LRUCache<string, readonly string[]>({ max: MAX_ADDRESSES });

  constructor(maxBytes: number) {
    this.#answers = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: (answer, key) => answer.body.length + key.length + 1_024,
    });
  }

  find(request: CacheRequest): CachedAnswer | undefined {
    const vary = this.#vary.get(request.url);
    return vary === undefined ? undefined : this.#answers.get(keyOf(request, vary));
  }

  isFresh(answer: CachedAnswer, request: CacheRequest): boolean {
    return answer.policy.satisfiesWithoutRevalidation(asShared(request));
  }

  /** The policy of an answer that may be kept, or undefined. */
  policyFor(request: CacheRequest, status: number, headers: IncomingHttpHeaders): CachePolicy | undefined {
    const policy = new CachePolicy(
      asShared(request),
      { status, headers },
      { shared: true, cacheHeuristic: 0 },
    );
    return isShareable(policy, headers) ? policy : undefined;
  }

  /** Keeps an answer that a service has confirmed, unless it has withdrawn the permission with it. */
  refresh(request: CacheRequest, answer: CachedAnswer): void {
    const headers = answer.policy.responseHeaders() as IncomingHttpHeaders;
    if (isShareable(answer.policy, headers)) this.keep(request, answer, headers);
    else this.drop(request);
  }

  keep(request: CacheRequest, answer: CachedAnswer, headers: IncomingHttpHeaders): void {
    const vary = (headers.vary ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .toSorted();
    this.#vary.set(request.url, vary);
    this.#answers.set(keyOf(request, vary), answer);
  }

  drop(request: CacheRequest): void {
    const vary = this.#vary.get(request.url);
    if (vary !== undefined) this.#answers.delete(keyOf(request, vary));
  }

  /** If-None-Match and If-Modified-Since for asking whether the kept answer still holds. */
  revalidationHeaders(answer: CachedAnswer, request: CacheRequest): OutgoingHttpHeaders {
    // The policy gives them among all headers of the client, forged ones included.
    const headers = answer.policy.revalidationHeaders(asShared(request)) as IncomingHttpHeaders;
    return {
      'if-none-match': headers['if-none-match'],
      'if-modified-since': headers['if-modified-since'],
    };
  }

  /** What a service's answer to that question makes of the kept one. */
  revalidated(answer: CachedAnswer, request: CacheRequest, status: number, headers: IncomingHttpHeaders) {
    return answer.policy.revalidatedPolicy(asShared(request), { status, headers });
  }
}

function isShareable(policy: CachePolicy, headers: IncomingHttpHeaders): boolean {
  return (
    policy.storable() &&
    (policy.timeToLive() > 0 || headers.etag !== undefined) &&
    !(headers.vary ?? '').includes('*') &&
    headers['set-cookie'] === undefined // it is for one client, whatever Cache-Control says
  );
}

function keyOf(request: CacheRequest, vary: readonly string[]): string {
  return JSON.stringify([request.url, ...vary.map((name) => request.headers[name] ?? '')]);
}

/** As GET (a HEAD is answered from it), and without the client's own wishes about caching. */
function asShared(request: CacheRequest): CachePolicy.Request {
  const {
    'cache-control': _control,
    pragma: _pragma,
    'if-none-match': _none,
    'if-modified-since': _since,
    ...headers
  } = request.headers;
  return { method: 'GET', url: request.url, headers };
}
