import {
  CloudFrontClient,
  CreateInvalidationCommand,
  GetInvalidationCommand,
} from '@aws-sdk/client-cloudfront';
import { createAwsClient, type AwsSettings } from '@groundwork/service';
import type { Batch } from './batches.ts';

/** CloudFront has one control plane, there. */
const REGION = 'us-east-1';
const TIMEOUT_MS = 10_000;

/** Errors by which a batch is refused for what is in it, without any effect. */
const REFUSALS = new Set(['InvalidArgument', 'InconsistentQuantities', 'BatchTooLarge']);

export type Cdn = ReturnType<typeof createCdn>;

export function createCdn(aws: AwsSettings) {
  const client = createAwsClient(
    CloudFrontClient,
    { ...aws, region: REGION },
    { requestTimeoutMs: TIMEOUT_MS },
  );
  return {
    /** Its id. The same batch again gives the same one. */
    async invalidate(batch: Batch, signal: AbortSignal): Promise<string> {
      const { distribution: DistributionId, callerReference: CallerReference, items: Items } = batch;
      const InvalidationBatch = { CallerReference, Paths: { Quantity: Items.length, Items } };
      const { Invalidation } = await client.send(
        new CreateInvalidationCommand({ DistributionId, InvalidationBatch }),
        { abortSignal: signal },
      );
      if (Invalidation?.Id === undefined) throw new Error('CloudFront named no invalidation');
      return Invalidation.Id;
    },

    /** Whether nobody is given anything older any more. */
    async isCompleted({ distribution, invalidation }: Batch, signal: AbortSignal): Promise<boolean> {
      const { Invalidation } = await client.send(
        new GetInvalidationCommand({ DistributionId: distribution, Id: invalidation ?? '' }),
        { abortSignal: signal },
      );
      return Invalidation?.Status === 'Completed';
    },

    close: () => client.destroy(),
  };
}

/** `refused`: will be each time. `unknown`: there is no such invalidation. Everything else may be tried again. */
export function kindOf(error: unknown): 'refused' | 'unknown' | 'later' {
  const { name } = error as Error;
  if (REFUSALS.has(name)) return 'refused';
  return name === 'NoSuchInvalidation' ? 'unknown' : 'later';
}

/** The same of a distribution that was named by an earlier configuration; `absent`: it is gone, and its cache with it. */
export function kindOfFormer(error: unknown): ReturnType<typeof kindOf> | 'absent' {
  return (error as Error).name === 'NoSuchDistribution' ? 'absent' : kindOf(error);
}
