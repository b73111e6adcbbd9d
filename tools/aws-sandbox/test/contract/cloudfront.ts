import {
  CreateDistributionCommand,
  DeleteDistributionCommand,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
  type DistributionConfig,
  type GeoRestriction,
} from '@aws-sdk/client-cloudfront';
import type { Aws } from './contract.ts';
import { defined, refusal, uniqueName } from './helpers.ts';

/** The least that a distribution has. */
export const newConfig = (changes: Partial<DistributionConfig> = {}): DistributionConfig => ({
  CallerReference: uniqueName('reference'),
  Comment: 'flowers & trees',
  Enabled: true,
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: 'alb',
        DomainName: 'alb.example.com',
        CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
      },
    ],
  },
  DefaultCacheBehavior: {
    TargetOriginId: 'alb',
    ViewerProtocolPolicy: 'redirect-to-https',
    CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  },
  ...changes,
});

export const geo = (
  RestrictionType: GeoRestriction['RestrictionType'],
  Items: string[] = [],
): Partial<DistributionConfig> => ({
  Restrictions: {
    GeoRestriction: { RestrictionType, Quantity: Items.length, ...(Items.length > 0 ? { Items } : {}) },
  },
});

/** A new distribution with the calls that are about it. */
export async function newDistribution(aws: Aws, changes: Partial<DistributionConfig> = {}) {
  const config = newConfig(changes);
  const made = await aws.cloudFront.send(new CreateDistributionCommand({ DistributionConfig: config }));
  const Id = defined(made.Distribution?.Id, 'the id of the distribution');
  const get = () => aws.cloudFront.send(new GetDistributionConfigCommand({ Id }));
  return {
    Id,
    made,
    config,
    get,
    update: (DistributionConfig: DistributionConfig, IfMatch: string | undefined) =>
      aws.cloudFront.send(new UpdateDistributionCommand({ Id, DistributionConfig, IfMatch })),
    remove: (IfMatch: string | undefined) =>
      aws.cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch })),
    restriction: async () => (await get()).DistributionConfig?.Restrictions?.GeoRestriction,
  };
}

/** Of a call that must fail: its error and status. */
export const code = async (call: Promise<unknown>): Promise<[string, number]> => {
  const { code: name, status } = await refusal(call);
  return [name, status];
};
