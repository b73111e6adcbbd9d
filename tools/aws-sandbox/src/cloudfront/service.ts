import { createHash } from 'node:crypto';
import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import type { Database } from '../state.ts';
import { parseConfig } from './config.ts';
import { Distributions, type Distribution } from './distributions.ts';
import { cloudFrontError } from './error.ts';
import type { GeoRestriction } from './geo-restriction.ts';
import { renderConfig, renderDistribution, renderList } from './render.ts';
import { CLOUDFRONT_VERSION } from './version.ts';

/** What a distribution enforces, for whoever plays the part of CloudFront. */
export interface EnforcedDistribution {
  /** Changes with any part of it. */
  version: string;
  id: string;
  geoRestriction: GeoRestriction;
}

export interface CloudFrontRequest {
  /** With its query. */
  url: string;
  ifMatch: string | undefined;
  body: string;
}

/** Of a list; nobody gets more at once. */
const PAGE = 100;
const PREFIX = `/${CLOUDFRONT_VERSION}/distribution`;

/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations_Amazon_CloudFront.html */
const OPERATIONS: readonly (readonly [method: string, path: RegExp, name: string])[] = [
  ['POST', /^$/, 'CreateDistribution'],
  ['GET', /^$/, 'ListDistributions'],
  ['GET', /^\/([^/]+)$/, 'GetDistribution'],
  ['GET', /^\/([^/]+)\/config$/, 'GetDistributionConfig'],
  ['PUT', /^\/([^/]+)\/config$/, 'UpdateDistribution'],
  ['DELETE', /^\/([^/]+)$/, 'DeleteDistribution'],
];

/** Distributions and their configuration. They are not served here: the edge does that. */
export class CloudFront {
  readonly #distributions: Distributions;

  constructor(db: Database) {
    this.#distributions = new Distributions(db);
  }

  call(operation: string, { url, ifMatch, body }: CloudFrontRequest): Reply {
    const { pathname, searchParams } = new URL(url, 'http://sandbox');
    const id = decodeURIComponent(pathname.slice(PREFIX.length).split('/')[1] ?? '');
    switch (operation) {
      case 'CreateDistribution': {
        const made = this.#distributions.create(parseConfig(body));
        const location = `https://cloudfront.amazonaws.com${PREFIX}/${made.id}`;
        return answer(201, renderDistribution(made), { etag: made.etag, location });
      }
      case 'ListDistributions':
        return answer(200, this.#list(searchParams));
      case 'GetDistribution':
        return shown(this.#distributions.get(id), renderDistribution);
      case 'GetDistributionConfig':
        return shown(this.#distributions.get(id), renderConfig);
      case 'UpdateDistribution':
        return shown(
          this.#distributions.update(id, ifMatch, () => parseConfig(body)),
          renderDistribution,
        );
      case 'DeleteDistribution':
        this.#distributions.remove(id, ifMatch);
        return { status: 204 };
      default:
        throw notImplemented(`cloudfront:${operation}`);
    }
  }

  /** What is enforced of the distribution with this id or alias; undefined when there is none. */
  enforced(name: string): EnforcedDistribution | undefined {
    const found = this.#distributions.find(name);
    if (found === undefined) return undefined;
    const version = createHash('sha256').update(`${found.id} ${found.etag}`).digest('hex');
    return { version, id: found.id, geoRestriction: found.config.geoRestriction };
  }

  /** By id; the marker is the last id that was given. */
  #list(query: URLSearchParams): string {
    const text = query.get('MaxItems') ?? String(PAGE);
    if (!/^[1-9]\d{0,8}$/.test(text)) throw cloudFrontError.invalid(`MaxItems is a number, not ${text}.`);
    const maxItems = Math.min(Number(text), PAGE);
    const marker = query.get('Marker') ?? '';
    const rest = this.#distributions.list(marker);
    const items = rest.slice(0, maxItems);
    return renderList({ marker, maxItems, items, truncated: rest.length > maxItems });
  }
}

/** The operation that a request means; for one that is not here, its method and path. */
export function cloudFrontOperation(method: string, url: string): string {
  const [path = '', query = ''] = url.split('?');
  const behind = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined;
  const found = OPERATIONS.find(
    ([verb, pattern]) => verb === method && behind !== undefined && pattern.test(behind),
  );
  // Flags such as ?WithTags make another operation of the same path.
  const flagged = query.split('&').some((one) => one !== '' && !one.includes('='));
  return found === undefined || flagged ? `${method} ${url}` : found[2];
}

function shown(one: Distribution, render: (one: Distribution) => string): Reply {
  return answer(200, render(one), { etag: one.etag });
}

function answer(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body };
}
