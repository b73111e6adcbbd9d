import {
  CreateInvalidationCommand,
  GetInvalidationCommand,
  ListInvalidationsCommand,
  type InvalidationBatch,
} from '@aws-sdk/client-cloudfront';
import { describe, expect } from 'vitest';
import { code, newDistribution } from './cloudfront.ts';
import type { Aws, Suite } from './contract.ts';
import { defined, eventually, uniqueName } from './helpers.ts';

const batchOf = (Items: string[], changes: Partial<InvalidationBatch> = {}): InvalidationBatch => ({
  CallerReference: uniqueName('batch'),
  Paths: { Quantity: Items.length, Items },
  ...changes,
});

/** A new distribution with the calls that invalidate in it. */
async function place(aws: Aws, header?: string) {
  const { Id: DistributionId } = await newDistribution(
    aws,
    header === undefined ? {} : { CacheTagConfig: { HeaderName: header } },
  );
  return {
    DistributionId,
    send: (InvalidationBatch: InvalidationBatch) =>
      aws.cloudFront.send(new CreateInvalidationCommand({ DistributionId, InvalidationBatch })),
    get: (Id: string | undefined) => aws.cloudFront.send(new GetInvalidationCommand({ DistributionId, Id })),
    list: async (page: { MaxItems?: number; Marker?: string | undefined } = {}) =>
      defined(
        (await aws.cloudFront.send(new ListInvalidationsCommand({ DistributionId, ...page })))
          .InvalidationList,
      ),
  };
}

export const describeInvalidations: Suite = ({ test }) => {
  describe('CloudFront invalidations', () => {
    test('an invalidation is made with a location, and read as it was made', async (aws) => {
      const one = await place(aws);
      const batch = batchOf(['/images/*', '/a%20b?c=d&e=f', '/']);
      const { Invalidation, Location, $metadata } = await one.send(batch);
      expect($metadata.httpStatusCode).toBe(201);
      expect(Location).toMatch(
        `/2020-05-31/distribution/${one.DistributionId}/invalidation/${Invalidation?.Id}`,
      );
      expect(Invalidation?.CreateTime?.getTime()).toBeGreaterThan(Date.now() - 60_000);
      const read = await one.get(Invalidation?.Id);
      expect(read.Invalidation).toMatchObject({ Id: Invalidation?.Id, InvalidationBatch: batch });
    });

    test('an invalidation is in progress at first, and completed in the end', async (aws) => {
      const one = await place(aws);
      const { Invalidation } = await one.send(batchOf(['/a']));
      expect(Invalidation?.Status).toBe('InProgress');
      await eventually('completed', aws.patience, async () => {
        const { Invalidation: now } = await one.get(Invalidation?.Id);
        return now?.Status === 'Completed' ? true : undefined;
      });
    });

    test('the same invalidation again is the one that is there', async (aws) => {
      const one = await place(aws);
      const batch = batchOf(['/a', '/b']);
      const first = await one.send(batch);
      const again = await one.send(batch);
      expect(again.Invalidation?.Id).toBe(first.Invalidation?.Id);
      expect((await one.list()).Quantity).toBe(1);
    });

    test('a caller reference with other paths is refused', async (aws) => {
      const one = await place(aws);
      const batch = batchOf(['/a']);
      await one.send(batch);
      const other = one.send(batchOf(['/b'], { CallerReference: batch.CallerReference }));
      expect(await code(other)).toEqual(['InvalidArgument', 400]);
    });

    test('a caller reference is one of its distribution', async (aws) => {
      const [some, other] = [await place(aws), await place(aws)];
      const batch = batchOf(['/a']);
      const [one, two] = [await some.send(batch), await other.send(batch)];
      expect(one.Invalidation?.Id).not.toBe(two.Invalidation?.Id);
    });

    test('invalidations are listed in pages, the newest first', async (aws) => {
      const one = await place(aws);
      const made: (string | undefined)[] = [];
      for (const path of ['/a', '/b', '/c']) made.unshift((await one.send(batchOf([path]))).Invalidation?.Id);
      const first = await one.list({ MaxItems: 2 });
      expect(first).toMatchObject({ IsTruncated: true, Quantity: 2, MaxItems: 2 });
      const second = await one.list({ MaxItems: 2, Marker: first.NextMarker });
      expect(second).toMatchObject({ IsTruncated: false, Quantity: 1 });
      expect([...(first.Items ?? []), ...(second.Items ?? [])].map(({ Id }) => Id)).toEqual(made);
    });

    test('an invalidation that does not exist is refused', async (aws) => {
      const one = await place(aws);
      expect(await code(one.get('I0000000000000'))).toEqual(['NoSuchInvalidation', 404]);
    });

    test('an invalidation of a distribution that does not exist is refused', async (aws) => {
      const DistributionId = 'E0000000000000';
      const create = new CreateInvalidationCommand({ DistributionId, InvalidationBatch: batchOf(['/a']) });
      expect(await code(aws.cloudFront.send(create))).toEqual(['NoSuchDistribution', 404]);
      const get = new GetInvalidationCommand({ DistributionId, Id: 'I0000000000000' });
      expect(await code(aws.cloudFront.send(get))).toEqual(['NoSuchDistribution', 404]);
    });

    test('tags are invalidated where a header names them', async (aws) => {
      const one = await place(aws, 'Cache-Tag');
      const tags = ['#key:products/1', `#${'x'.repeat(256)}`, '/also/*'];
      const { Invalidation } = await one.send(batchOf(tags));
      expect(Invalidation?.InvalidationBatch?.Paths?.Items).toEqual(tags);
    });

    test('tags of a distribution without CacheTagConfig are refused', async (aws) => {
      const one = await place(aws);
      expect(await code(one.send(batchOf(['#a'])))).toEqual(['InvalidArgument', 400]);
    });
  });
};
