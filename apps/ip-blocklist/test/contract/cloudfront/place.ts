import {
  CloudFrontClient,
  CreateDistributionCommand,
  GetDistributionConfigCommand,
  ListDistributionsCommand,
  UpdateDistributionCommand,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { CloudFrontGeo } from '../../../src/adapters/cloudfront/cloudfront-geo.ts';
import {
  createDistributionApi,
  type DistributionApi,
} from '../../../src/adapters/cloudfront/distribution-api.ts';
import type { CloudFrontGeoTarget } from '../../../src/domain/target-file/cloudfront-geo.ts';
import { parseTargets } from '../../../src/domain/target-file/target-file.ts';
import { landsOf } from '../../support/account.ts';
import type { Hindrance, Place } from '../place.ts';
import type { PlaceOptions } from '../sandbox.ts';
import { COUNTRIES } from '../words.ts';

export interface GeoPlace extends Place {
  enforcer(): CloudFrontGeo;
  id: string;
  target: CloudFrontGeoTarget;
  api: DistributionApi;
  change: (change: (config: DistributionConfig) => DistributionConfig) => Promise<void>;
  config(id?: string): Promise<DistributionConfig>;
}

const OURS = 'www.example.com';

/** Two distributions; one of them is ours to restrict. */
export async function openGeoPlace({ endpoint, faults, close }: PlaceOptions): Promise<GeoPlace> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const cloudFront = new CloudFrontClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
  const make = async (alias: string): Promise<string> => {
    const { Distribution } = await cloudFront.send(
      new CreateDistributionCommand({ DistributionConfig: distribution(alias) }),
    );
    return Distribution?.Id ?? '';
  };
  const other = await make('intranet.example.com');
  const id = await make(OURS);
  const read = (Id: string) => cloudFront.send(new GetDistributionConfigCommand({ Id }));
  const config = async (of = id): Promise<DistributionConfig> => {
    const { DistributionConfig: found } = await read(of);
    if (found === undefined) throw new Error(`there is no ${of}`);
    return found;
  };
  const change: GeoPlace['change'] = async (by) => {
    const { DistributionConfig: found, ETag } = await read(id);
    const command = { Id: id, IfMatch: ETag, DistributionConfig: by(found!) };
    await cloudFront.send(new UpdateDistributionCommand(command));
  };
  const [target] = parseTargets(
    `targets: [{ name: here, kind: cloudfront-geo, topology: cloudfront-waf-alb, distribution: ${OURS} }]`,
  ) as [CloudFrontGeoTarget];
  const fault = (kind: 'throttle' | 'lost-response', operation: string): void => {
    if (faults === undefined) throw new Error('it cannot be told to fail');
    faults.add({ kind, operation: `cloudfront:${operation}`, times: 1 });
  };

  const api = createDistributionApi(cloudFront);
  return {
    id,
    target,
    api,
    change,
    config,
    words: COUNTRIES,
    enforcer: () => new CloudFrontGeo(api, target),
    async enforced() {
      const { Enabled, Restrictions } = await config();
      const { RestrictionType: type, Items = [] } = Restrictions?.GeoRestriction ?? {};
      return landsOf(Enabled === true && type === 'blacklist' ? Items : []);
    },
    async foreign() {
      const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
      const { Restrictions: _, ...rest } = await config();
      return [DistributionList?.Items?.map(({ Id }) => Id), await read(other).then(({ ETag }) => ETag), rest];
    },
    hand: {
      edit: (_part, { countries }) => change((found) => ({ ...found, ...blocking(countries) })),
      throttle: (operation) => fault('throttle', operation),
      loseAnswer: (operation) => fault('lost-response', operation),
    },
    async close() {
      cloudFront.destroy();
      await close();
    },
  };
}

const blocking = (Items: string[]): Pick<DistributionConfig, 'Restrictions'> => ({
  Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: Items.length, Items } },
});

function distribution(alias: string): DistributionConfig {
  return {
    CallerReference: alias,
    Aliases: { Quantity: 1, Items: [alias] },
    Comment: '',
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
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    },
  };
}

export const HINDRANCES: readonly Hindrance<GeoPlace>[] = [
  {
    when: 'somebody has made it a list of countries that are let in',
    severity: 'blind',
    arrange: ({ change }) =>
      change((config) => ({
        ...config,
        Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Quantity: 1, Items: ['US'] } },
      })),
  },
  {
    when: 'the distribution is disabled',
    severity: 'note',
    arrange: ({ change }) => change((config) => ({ ...config, Enabled: false })),
  },
];
