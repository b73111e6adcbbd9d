import { describe, expect, it } from 'vitest';
import { ROUTES } from '../routes.ts';
import { edgeOf } from './edge.ts';

/** What AWS calls its managed policies: CachingDisabled, CachingOptimizedForUncompressedObjects, AllViewerExceptHostHeader. */
const NOTHING_KEPT = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const AS_STORED = 'b2884449-e4de-46a7-ac36-70bc7f1ddd6d';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

const { at, config, policy, template } = edgeOf();

interface Key {
  HeadersConfig: { HeaderBehavior: string; Headers: string[] };
  QueryStringsConfig: { QueryStringBehavior: string; QueryStrings?: string[] };
  CookiesConfig: { CookieBehavior: string };
  EnableAcceptEncodingGzip: boolean;
  EnableAcceptEncodingBrotli: boolean;
}
const keyAt = (path: string): Key => {
  const { ParametersInCacheKeyAndForwardedToOrigin } = policy(at(path).behavior.CachePolicyId);
  return ParametersInCacheKeyAndForwardedToOrigin as Key;
};

describe('of services', () => {
  it.each(['/blocklist/v1/entries', '/hpc/v1/jobs', '/thumbnailer/v1/backfills', '/', '/docs'])(
    'nothing is kept of %s; all methods, headers, queries and cookies get there',
    (path) => {
      const { behavior } = at(path);
      expect(behavior.CachePolicyId).toBe(NOTHING_KEPT);
      expect(behavior.OriginRequestPolicyId).toBe(ALL_BUT_HOST);
      expect(behavior.AllowedMethods).toEqual(expect.arrayContaining(WRITES));
    },
  );

  it('each path that the load balancer knows comes from the load balancer, but thumbnails in their bucket', () => {
    for (const { prefix, paths } of Object.values(ROUTES)) {
      for (const path of [prefix, `${prefix}/v1/x`, ...paths.map((one) => one.replace('*', 'x'))]) {
        const isStored = path.startsWith('/derivatives/');
        expect(at(path).origin.VpcOriginConfig !== undefined, path).toBe(!isStored);
      }
    }
  });
});

describe('of images', () => {
  it('each format, size and signature is kept apart, and each caller', () => {
    expect(keyAt('/images/a.jpg')).toMatchObject({
      HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Accept', 'Authorization', 'X-Api-Key'] },
      QueryStringsConfig: {
        QueryStringBehavior: 'whitelist',
        QueryStrings: ['preset', 'expires', 'signature'],
      },
      CookiesConfig: { CookieBehavior: 'none' },
    });
  });

  it('can be read and nothing else', () => {
    for (const path of ['/images/a.jpg', '/derivatives/a/b-1/small.webp']) {
      expect(at(path).behavior.AllowedMethods).toEqual(['GET', 'HEAD']);
    }
  });

  it('derivatives are kept by their path alone, for as long as they say', () => {
    const { behavior } = at('/derivatives/a/b-1/small.webp');
    expect(behavior.CachePolicyId).toBe(AS_STORED);
    // Nothing of the client gets to S3, which would take its Authorization for a signature.
    expect(behavior.OriginRequestPolicyId).toBeUndefined();
  });

  it('that are not for everybody are kept by signature and caller, derivatives as well', () => {
    const guarded = edgeOf({ settings: { thumbnailer: { IMAGES_ACCESS: 'signed' } } });
    expect(guarded.at('/derivatives/a/b-1/small.webp').behavior.CachePolicyId).toEqual(
      guarded.at('/images/a.jpg').behavior.CachePolicyId,
    );
  });
});

describe('of cache-api', () => {
  it('everything is kept by caller and query', () => {
    expect(keyAt('/cache/v1/resources/products/1')).toMatchObject({
      HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Authorization', 'X-Api-Key'] },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
      CookiesConfig: { CookieBehavior: 'none' },
    });
  });

  it('writes get through', () => {
    expect(at('/cache/v1/kv/a/b').behavior.AllowedMethods).toEqual(expect.arrayContaining(WRITES));
  });

  it('is forgotten by the tags that it gives', () => {
    expect(config['CacheTagConfig']).toEqual({ HeaderName: 'Cache-Tag' });
  });
});

describe('whatever may be kept', () => {
  const policies = Object.values(template.findResources('AWS::CloudFront::CachePolicy')).map(
    (one) =>
      one['Properties'].CachePolicyConfig as Record<string, unknown> & {
        ParametersInCacheKeyAndForwardedToOrigin: Key;
      },
  );

  it('is kept for as long as the service says, and not at all when it says nothing', () => {
    expect(policies).toHaveLength(2);
    for (const one of policies) expect(one).toMatchObject({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 31_536_000 });
  });

  it('is never shown to another caller', () => {
    for (const { ParametersInCacheKeyAndForwardedToOrigin: key } of policies) {
      expect(key.HeadersConfig.Headers).toEqual(expect.arrayContaining(['Authorization', 'X-Api-Key']));
    }
  });

  it('keeps its strong ETag: nothing is compressed on the way', () => {
    for (const { ParametersInCacheKeyAndForwardedToOrigin: key } of policies) {
      expect([key.EnableAcceptEncodingGzip, key.EnableAcceptEncodingBrotli]).toEqual([false, false]);
    }
    for (const behavior of [config.DefaultCacheBehavior, ...config.CacheBehaviors]) {
      // Files of a website have no If-Match.
      expect(behavior.Compress).toBe(behavior.PathPattern === '/static/*');
    }
  });

  it('is asked for with no query and no cookie that is not in its key, and with all headers but Host', () => {
    for (const path of ['/images/a.jpg', '/cache/v1/status']) {
      expect(policy(at(path).behavior.OriginRequestPolicyId)).toMatchObject({
        HeadersConfig: { HeaderBehavior: 'allExcept', Headers: ['Host'] },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
      });
    }
  });
});

it('no error is kept that does not say so itself', () => {
  // All that CloudFront keeps for 10 s otherwise, but 416, which it never keeps.
  expect(config['CustomErrorResponses']).toEqual(
    [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({
      ErrorCode,
      ErrorCachingMinTTL: 0,
    })),
  );
});
