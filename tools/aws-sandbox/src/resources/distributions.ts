import { z } from 'zod';
import { CLOUDFRONT_NAMESPACE, CLOUDFRONT_VERSION } from '../cloudfront/version.ts';
import { document } from '../http/xml.ts';

/** A distribution that is open to all countries at first. */
export const DevelopmentDistribution = z.strictObject({
  /** The name that its viewers use, and by which it is found. */
  alias: z.string(),
  /** Domain name of what it stands in front of. */
  origin: z.string(),
  /** Of the origin's answers: names the tags by which they can be invalidated. */
  cacheTagHeader: z.string().optional(),
});
export type DevelopmentDistribution = z.infer<typeof DevelopmentDistribution>;

/** CachingOptimized. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const CACHE_POLICY = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CONFLICT = 409;

/** What has been made of it, or of another with this alias, is left as it is. */
export async function applyDistribution(
  endpoint: string,
  { alias, origin, cacheTagHeader }: DevelopmentDistribution,
): Promise<void> {
  const config = {
    '@_xmlns': CLOUDFRONT_NAMESPACE,
    CallerReference: `development ${alias}`,
    Aliases: { Quantity: 1, Items: { CNAME: alias } },
    Origins: {
      Quantity: 1,
      Items: {
        Origin: {
          Id: 'origin',
          DomainName: origin,
          CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' },
        },
      },
    },
    DefaultCacheBehavior: {
      TargetOriginId: 'origin',
      ViewerProtocolPolicy: 'allow-all',
      CachePolicyId: CACHE_POLICY,
    },
    Comment: '',
    Enabled: true,
    ...(cacheTagHeader === undefined ? {} : { CacheTagConfig: { HeaderName: cacheTagHeader } }),
  };
  // Its SDK client would cost memory and time at every start, for this one call.
  const answer = await fetch(`${endpoint}/${CLOUDFRONT_VERSION}/distribution`, {
    method: 'POST',
    headers: { 'content-type': 'application/xml' },
    body: document('DistributionConfig', config),
  });
  const text = await answer.text();
  if (!answer.ok && answer.status !== CONFLICT)
    throw new Error(`Distribution ${alias}: ${answer.status} ${text}`);
}
