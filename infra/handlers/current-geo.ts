import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  paginateListDistributions,
} from '@aws-sdk/client-cloudfront';

export interface GeoEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResourceProperties: {
    /** Of the distribution. Its id cannot be told here: the distribution is made of our answer. */
    Comment: string;
  };
}

/**
 * The countries that a distribution turns away now, for the template that is about to write the distribution again.
 * What ip-blocklist changes between this answer and that write it finds changed, and puts right.
 */
export function createHandler(cloudFront: CloudFrontClient) {
  return async ({ RequestType, ResourceProperties: { Comment } }: GeoEvent) => {
    const PhysicalResourceId = `${Comment}-geo`;
    if (RequestType === 'Delete') return { PhysicalResourceId };
    const [id, ...more] = await idsOf(cloudFront, Comment);
    if (more.length > 0) {
      throw new Error(
        `${[id, ...more].join(' and ')} have the comment ${Comment}: give the others another one`,
      );
    }
    if (id === undefined) {
      // It was there: to go on as if it was not would let in everybody whom it turns away.
      if (RequestType === 'Update') {
        throw new Error(
          `No distribution has the comment ${Comment}, by which it is found here: give it back to it`,
        );
      }
      return { PhysicalResourceId, Data: NONE };
    }
    const { DistributionConfig } = await cloudFront.send(new GetDistributionConfigCommand({ Id: id }));
    const { RestrictionType = 'none', Items = [] } = DistributionConfig?.Restrictions?.GeoRestriction ?? {};
    return {
      PhysicalResourceId,
      Data: RestrictionType === 'none' ? NONE : { Type: RestrictionType, Locations: Items },
    };
  };
}

const NONE = { Type: 'none', Locations: [] };

async function idsOf(cloudFront: CloudFrontClient, comment: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { DistributionList } of paginateListDistributions({ client: cloudFront }, {})) {
    for (const { Id, Comment } of DistributionList?.Items ?? []) {
      if (Comment === comment && Id !== undefined) ids.push(Id);
    }
  }
  return ids;
}

export const handler = createHandler(new CloudFrontClient({ region: 'us-east-1', maxAttempts: 10 }));
