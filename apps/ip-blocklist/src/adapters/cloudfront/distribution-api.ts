import {
  GetDistributionConfigCommand,
  paginateListDistributions,
  UpdateDistributionCommand,
  type CloudFrontClient,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { createNamed } from '../failures.ts';

/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html#API_UpdateDistribution_Errors */
const named = createNamed({
  conflicts: ['PreconditionFailed', 'InvalidIfMatchVersion', 'NoSuchDistribution'],
  throttles: ['Throttling', 'ThrottlingException', 'TooManyRequestsException'],
});

export type DistributionApi = ReturnType<typeof createDistributionApi>;

/** One state of a distribution; the ETag says which. */
export interface Seen {
  id: string;
  etag: string;
  config: DistributionConfig;
}

/** Distributions, as far as their configuration goes; errors named. */
export function createDistributionApi(cloudFront: CloudFrontClient) {
  return {
    /** Its id, by one of its aliases. */
    idOf: (alias: string): Promise<string | undefined> =>
      named('ListDistributions', async () => {
        for await (const { DistributionList } of paginateListDistributions({ client: cloudFront }, {})) {
          for (const { Id, Aliases } of DistributionList?.Items ?? []) {
            if (Aliases?.Items?.includes(alias) === true) return Id;
          }
        }
        return undefined;
      }),
    get: (id: string): Promise<Seen> =>
      named('GetDistributionConfig', async () => {
        const { DistributionConfig: config, ETag: etag = '' } = await cloudFront.send(
          new GetDistributionConfigCommand({ Id: id }),
        );
        if (config === undefined) throw new Error(`${id} has no configuration`);
        return { id, etag, config };
      }),
    /** Rejects with Conflict when it is in another state by now. */
    update: ({ id, etag }: Seen, config: DistributionConfig): Promise<Seen> =>
      named('UpdateDistribution', async () => {
        const { ETag = '' } = await cloudFront.send(
          new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig: config }),
        );
        return { id, etag: ETag, config };
      }),
  };
}
