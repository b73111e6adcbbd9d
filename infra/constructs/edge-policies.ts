import { Duration } from 'aws-cdk-lib';
import {
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  ResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { PlatformStack } from './platform-stack.ts';

/**
 * Who asks. In every key, so that nobody is shown what was answered to somebody else; and CloudFront takes
 * Authorization off a request that it may cache, unless it is in the key.
 */
const CREDENTIALS = ['Authorization', 'X-Api-Key'];

/** How long things are kept is up to the service: what says nothing about it is not kept. */
const AS_THE_SERVICE_SAYS = {
  minTtl: Duration.seconds(0),
  defaultTtl: Duration.seconds(0),
  maxTtl: Duration.days(365),
};

/**
 * No Accept-Encoding: with it CloudFront compresses, and so makes all ETags weak, which no If-Match of a write to
 * cache-api would meet any more. Images gain nothing by it.
 */
const UNCOMPRESSED = { enableAcceptEncodingGzip: false, enableAcceptEncodingBrotli: false };

/**
 * CloudFront keeps each of these for 10 s by default, also where nothing is cached, and whatever the service says
 * about most of them: who was just told that there is nothing would go on being told so, and others with him.
 * Errors that say how long they may be kept (cache-api's 404) still are.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 */
export const NO_ERROR_KEPT = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

export interface Key {
  comment: string;
  /** Besides credentials. */
  headers?: readonly string[];
  queries: CacheQueryStringBehavior;
}

/** No service knows cookies: none is in a key, and none is passed on where there is one. */
export const cacheBy = (
  stack: PlatformStack,
  id: string,
  { comment, headers = [], queries }: Key,
): CachePolicy =>
  new CachePolicy(stack, `${id}-cache`, {
    cachePolicyName: stack.name(id),
    comment,
    ...AS_THE_SERVICE_SAYS,
    ...UNCOMPRESSED,
    headerBehavior: CacheHeaderBehavior.allowList(...headers, ...CREDENTIALS),
    queryStringBehavior: queries,
    cookieBehavior: CacheCookieBehavior.none(),
  });

/** What is cached by a key is asked for by that key, and with all headers but Host, which names us and not the origin. */
export const askedByKey = (stack: PlatformStack, id: string): OriginRequestPolicy =>
  new OriginRequestPolicy(stack, `${id}-requests`, {
    originRequestPolicyName: stack.name(id),
    comment: 'All headers but Host; queries and cookies as in the key',
    headerBehavior: OriginRequestHeaderBehavior.denyList('Host'),
    queryStringBehavior: OriginRequestQueryStringBehavior.none(),
    cookieBehavior: OriginRequestCookieBehavior.none(),
  });

/** Each for what its service varies on; what is not in a key and still passed on must change nothing that is kept. */
export function edgePolicies(stack: PlatformStack) {
  return {
    images: cacheBy(stack, 'images', {
      comment: 'Thumbnails by accepted formats, preset and signature',
      headers: ['Accept'],
      // The other two are those of signed links.
      queries: CacheQueryStringBehavior.allowList('preset', 'expires', 'signature'),
    }),
    /** Vary: Authorization, Cookie, X-Api-Key. Of the three, cookies never reach it. */
    cache: cacheBy(stack, 'cache', {
      comment: 'What cache-api lets be shared',
      queries: CacheQueryStringBehavior.all(),
    }),
    keyed: askedByKey(stack, 'keyed'),
    headers: new ResponseHeadersPolicy(stack, 'headers', {
      responseHeadersPolicyName: stack.name('headers'),
      comment: 'HTTPS only, and no guessing at types',
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          // What is below our name may not be ours.
          includeSubdomains: false,
          override: true,
        },
        contentTypeOptions: { override: true },
        // Services that know better say so themselves.
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: false },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: false,
        },
      },
    }),
  };
}
