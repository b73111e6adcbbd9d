import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { describe, expect } from 'vitest';
import { code, geo, newDistribution } from './cloudfront.ts';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';

export const describeDistributionConfigs: Suite = ({ test }) => {
  describe('CloudFront geo restriction', () => {
    test('a distribution restricts no country unless told to', async (aws) => {
      const one = await newDistribution(aws);
      expect(await one.restriction()).toMatchObject({ RestrictionType: 'none', Quantity: 0 });
    });

    test('countries are restricted by an update, and no more when the next leaves them out', async (aws) => {
      const one = await newDistribution(aws);
      const restricted = { ...one.config, ...geo('blacklist', ['DE', 'FR', 'US']) };
      const { ETag } = await one.update(restricted, (await one.get()).ETag);
      expect(await one.restriction()).toEqual({
        RestrictionType: 'blacklist',
        Quantity: 3,
        Items: ['DE', 'FR', 'US'],
      });
      await one.update(one.config, ETag);
      expect(await one.restriction()).toMatchObject({ RestrictionType: 'none', Quantity: 0 });
    });

    for (const [what, changes] of [
      ['a restriction to no country', geo('whitelist')],
      ['a restriction of type none with a country', geo('none', ['DE'])],
      ['a restricted country that there is not', geo('blacklist', ['DE', 'ZZ'])],
      ['a restricted country in small letters', geo('blacklist', ['de'])],
      ['a restricted country that is there twice', geo('blacklist', ['DE', 'FR', 'DE'])],
      ['a restriction of another type', geo('greylist' as 'none', ['DE'])],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        const one = await newDistribution(aws);
        const { ETag } = await one.get();
        expect(await code(one.update({ ...one.config, ...changes }, ETag))).toEqual([
          'InvalidGeoRestrictionParameter',
          400,
        ]);
        expect((await one.get()).ETag).toBe(ETag);
      });
    }
  });

  describe('CloudFront config', () => {
    for (const [what, expected, changes] of [
      [
        'a quantity that is not the number of items',
        'InconsistentQuantities',
        { Aliases: { Quantity: 2, Items: ['www.example.com'] } },
      ],
      ['a distribution without an origin', 'InvalidArgument', { Origins: { Quantity: 0, Items: [] } }],
      [
        'a behaviour whose origin is not there',
        'NoSuchOrigin',
        { DefaultCacheBehavior: { TargetOriginId: 'other', ViewerProtocolPolicy: 'allow-all' } },
      ],
      ['a distribution without a comment', 'InvalidArgument', { Comment: undefined }],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        const refused = newDistribution(aws, changes as Partial<DistributionConfig>);
        expect((await refusal(refused)).code).toBe(expected);
      });
    }
  });
};
