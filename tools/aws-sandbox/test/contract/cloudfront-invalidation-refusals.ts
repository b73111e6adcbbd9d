import { CreateInvalidationCommand, type InvalidationBatch } from '@aws-sdk/client-cloudfront';
import { describe, expect } from 'vitest';
import { code, newDistribution } from './cloudfront.ts';
import type { Suite } from './contract.ts';
import { uniqueName } from './helpers.ts';

const pathsOf = (Items: string[], Quantity = Items.length): Partial<InvalidationBatch> => ({
  Paths: { Quantity, Items },
});
const many = (count: number, prefix = '/', suffix = ''): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}${suffix}`);

export const describeInvalidationRefusals: Suite = ({ test }) => {
  describe('what CloudFront does not invalidate', () => {
    for (const [what, expected, status, changes] of [
      ['an invalidation without a caller reference', 'InvalidArgument', 400, { CallerReference: '' }],
      ['an invalidation of nothing', 'InvalidArgument', 400, pathsOf([])],
      ['a number of paths that is not that of the items', 'InconsistentQuantities', 400, pathsOf(['/a'], 2)],
      ['a path without its slash', 'InvalidArgument', 400, pathsOf(['a'])],
      ['a wildcard within a path', 'InvalidArgument', 400, pathsOf(['/a/*/b'])],
      ['two wildcards at the end of a path', 'InvalidArgument', 400, pathsOf(['/a**'])],
      ['a path with a blank', 'InvalidArgument', 400, pathsOf(['/a b'])],
      ['a path that is not ASCII', 'InvalidArgument', 400, pathsOf(['/ü'])],
      ['a path of 4,001 characters', 'InvalidArgument', 400, pathsOf([`/${'a'.repeat(4_000)}`])],
      ['a tag of 257 characters', 'InvalidArgument', 400, pathsOf([`#${'a'.repeat(257)}`])],
      ['a tag with a comma', 'InvalidArgument', 400, pathsOf(['#a,b'])],
      ['a tag with a wildcard', 'InvalidArgument', 400, pathsOf(['#a*'])],
      ['an empty tag', 'InvalidArgument', 400, pathsOf(['#'])],
      ['a batch of 3,001 paths', 'BatchTooLarge', 413, pathsOf(many(3_001))],
      ['sixteen wildcards', 'TooManyInvalidationsInProgress', 400, pathsOf(many(16, '/', '*'))],
    ] as const) {
      test(`${what} cannot be invalidated`, async (aws) => {
        const { Id } = await newDistribution(aws, { CacheTagConfig: { HeaderName: 'Cache-Tag' } });
        const InvalidationBatch = {
          CallerReference: uniqueName('batch'),
          Paths: { Quantity: 1, Items: ['/a'] },
          ...(changes as Partial<InvalidationBatch>),
        };
        const send = new CreateInvalidationCommand({ DistributionId: Id, InvalidationBatch });
        expect(await code(aws.cloudFront.send(send))).toEqual([expected, status]);
      });
    }
  });
};
