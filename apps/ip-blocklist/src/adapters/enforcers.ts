import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { EC2Client } from '@aws-sdk/client-ec2';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import { createAwsClient, type AwsSettings } from '@groundwork/service';
import { regionOf, type Target } from '../domain/target-file/target-file.ts';
import { scopeOf } from '../domain/target-file/waf-ip-set.ts';
import type { Enforcer } from '../ports/enforcer.ts';
import { CloudFrontGeo } from './cloudfront/cloudfront-geo.ts';
import { createDistributionApi } from './cloudfront/distribution-api.ts';
import { createAclApi } from './network-acl/acl-api.ts';
import { NetworkAcl } from './network-acl/network-acl.ts';
import { createGroupApi } from './security-group/group-api.ts';
import { SecurityGroup } from './security-group/security-group.ts';
import type { Pace } from './waf/pace.ts';
import { createWafApi } from './waf/waf-api.ts';
import { WafIpSets } from './waf/waf-ip-sets.ts';

/** A write is not sent again by the SDK: only whoever knows what is there by then may do that. */
const ONE_ATTEMPT = 1;
/** Well below the life of a lease: a write that takes longer belongs to nobody. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Makes what enforces at a target, by its kind. Clients are kept: they hold connections, and AWS's rates. */
export function createEnforcers(aws: AwsSettings): (target: Target) => Enforcer {
  const regions = new Map<string, ReturnType<typeof clientsIn>>();
  const clientsIn = (region: string) => {
    const settings = { ...aws, region, maxAttempts: ONE_ATTEMPT };
    const options = { requestTimeoutMs: REQUEST_TIMEOUT_MS };
    return {
      waf: createAwsClient(WAFV2Client, settings, options),
      ec2: createAwsClient(EC2Client, settings, options),
      cloudFront: createAwsClient(CloudFrontClient, settings, options),
      paces: new Map<string, Pace>(),
    };
  };
  return (target) => {
    const region = regionOf(target, aws.region);
    const { waf, ec2, cloudFront, paces } = regions.get(region) ?? clientsIn(region);
    regions.set(region, { waf, ec2, cloudFront, paces });
    switch (target.kind) {
      case 'waf-ip-set':
        return new WafIpSets(createWafApi(waf, scopeOf(target), { paces }), target);
      case 'network-acl':
        return new NetworkAcl(createAclApi(ec2), target);
      case 'cloudfront-geo':
        return new CloudFrontGeo(createDistributionApi(cloudFront), target);
      case 'security-group':
        return new SecurityGroup(createGroupApi(ec2), target);
    }
  };
}
