import { createHash } from 'node:crypto';
import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import type { Database } from '../state.ts';
import { parseConfig } from './config.ts';
import { Distributions, type Distribution } from './distributions.ts';
import { cloudFrontError } from './error.ts';
import type { GeoRestriction } from './geo-restriction.ts';
import { isTag, parseInvalidationBatch } from './invalidation-batch.ts';
import { Invalidations, type Invalidation } from './invalidations.ts';
import { pageOf } from './pages.ts';
import { renderConfig, renderDistribution, renderList } from './render.ts';
import { renderInvalidation, renderInvalidations } from './render-invalidation.ts';
import { CLOUDFRONT_VERSION } from './version.ts';

/** What a distribution enforces, for whoever plays the part of CloudFront. */
export interface EnforcedDistribution {
  /** Changes with any part of it. */
  version: string;
  id: string;
  geoRestriction: GeoRestriction;
}

/** What of a distribution has been invalidated, the newest first. */
export interface InvalidatedDistribution {
  /** Changes with any part of it. */
  version: string;
  id: string;
  /** Where the origin's answers name their tags. */
  cacheTagHeader: string | undefined;
  invalidations: readonly Invalidation[];
}

export interface CloudFrontRequest {
  /** With its query. */
  url: string;
  ifMatch: string | undefined;
  body: string;
}

const PREFIX = `/${CLOUDFRONT_VERSION}/distribution`;

/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations_Amazon_CloudFront.html */
const OPERATIONS: readonly (readonly [method: string, path: RegExp, name: string])[] = [
  ['POST', /^$/, 'CreateDistribution'],
  ['GET', /^$/, 'ListDistributions'],
  ['GET', /^\/([^/]+)$/, 'GetDistribution'],
  ['GET', /^\/([^/]+)\/config$/, 'GetDistributionConfig'],
  ['PUT', /^\/([^/]+)\/config$/, 'UpdateDistribution'],
  ['DELETE', /^\/([^/]+)$/, 'DeleteDistribution'],
  ['POST', /^\/([^/]+)\/invalidation$/, 'CreateInvalidation'],
  ['GET', /^\/([^/]+)\/invalidation$/, 'ListInvalidations'],
  ['GET', /^\/([^/]+)\/invalidation\/([^/]+)$/, 'GetInvalidation'],
];

/** Distributions, their configuration, and what of them is invalidated. They are not served here: the edge does that. */
export class CloudFront {
  readonly #distributions: Distributions;
  readonly invalidations: Invalidations;

  constructor(db: Database) {
    this.#distributions = new Distributions(db);
    this.invalidations = new Invalidations(db);
  }

  call(operation: string, { url, ifMatch, body }: CloudFrontRequest): Reply {
    const { pathname, searchParams } = new URL(url, 'http://sandbox');
    const [, id = '', , part = ''] = pathname.slice(PREFIX.length).split('/').map(decodeURIComponent);
    switch (operation) {
      case 'CreateDistribution': {
        const made = this.#distributions.create(parseConfig(body));
        const location = `https://cloudfront.amazonaws.com${PREFIX}/${made.id}`;
        return answer(201, this.#render(made), { etag: made.etag, location });
      }
      case 'ListDistributions':
        return answer(200, renderList(pageOf(searchParams, (last) => this.#distributions.list(last))));
      case 'GetDistribution':
        return shown(this.#distributions.get(id), (one) => this.#render(one));
      case 'GetDistributionConfig':
        return shown(this.#distributions.get(id), renderConfig);
      case 'UpdateDistribution':
        return shown(
          this.#distributions.update(id, ifMatch, () => parseConfig(body)),
          (one) => this.#render(one),
        );
      case 'DeleteDistribution':
        this.#distributions.remove(id, ifMatch);
        return { status: 204 };
      case 'CreateInvalidation': {
        const made = this.#invalidate(id, body);
        const location = `https://cloudfront.amazonaws.com${PREFIX}/${id}/invalidation/${made.id}`;
        return answer(201, renderInvalidation(made), { location });
      }
      case 'ListInvalidations': {
        const all = this.invalidations.list(this.#distributions.get(id).id);
        return answer(200, renderInvalidations(pageOf(searchParams, (last) => olderThan(last, all))));
      }
      case 'GetInvalidation':
        return answer(200, renderInvalidation(this.invalidations.get(this.#distributions.get(id).id, part)));
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

  /** What has been invalidated, for whoever plays the part of CloudFront; undefined when there is no such distribution. */
  invalidated(name: string): InvalidatedDistribution | undefined {
    const found = this.#distributions.find(name);
    if (found === undefined) return undefined;
    const invalidations = this.invalidations.list(found.id);
    const all = { id: found.id, cacheTagHeader: found.config.cacheTagHeader, invalidations };
    return { version: createHash('sha256').update(JSON.stringify(all)).digest('hex'), ...all };
  }

  #invalidate(id: string, body: string): Invalidation {
    const { config } = this.#distributions.get(id);
    const batch = parseInvalidationBatch(body);
    if (config.cacheTagHeader === undefined && batch.paths.some(isTag)) throw cloudFrontError.noCacheTags();
    return this.invalidations.create(id, batch);
  }

  #render(one: Distribution): string {
    return renderDistribution(one, this.invalidations.inProgress(one.id));
  }
}

/** The newest comes first, and the marker is the last one that was given. */
function olderThan(marker: string, all: readonly Invalidation[]): readonly Invalidation[] {
  if (marker === '') return all;
  const at = all.findIndex(({ id }) => id === marker);
  if (at < 0) throw cloudFrontError.invalid(`There is no invalidation ${marker} to go on behind.`);
  return all.slice(at + 1);
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
