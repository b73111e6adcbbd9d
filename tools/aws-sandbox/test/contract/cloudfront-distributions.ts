import {
  CreateDistributionCommand,
  DeleteDistributionCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  ListDistributionsCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { describe, expect } from 'vitest';
import { code, geo, newConfig, newDistribution } from './cloudfront.ts';
import type { Suite } from './contract.ts';
import { uniqueName } from './helpers.ts';

export const describeDistributions: Suite = ({ test }) => {
  describe('CloudFront distributions', () => {
    test('a distribution gives back its config as it was made', async (aws) => {
      const one = await newDistribution(aws, geo('blacklist', ['DE', 'FR']));
      const { DistributionConfig: kept, ETag } = await one.get();
      expect(kept).toMatchObject(one.config);
      expect(ETag).toBe(one.made.ETag);
      const { Distribution } = await aws.cloudFront.send(new GetDistributionCommand({ Id: one.Id }));
      expect(Distribution).toMatchObject({ Id: one.Id, DistributionConfig: one.config });
      expect(Distribution?.DomainName).toMatch(/\.cloudfront\.net$/);
    });

    test('reading a distribution leaves its ETag, every write gives another', async (aws) => {
      const one = await newDistribution(aws);
      const [first, again] = [await one.get(), await one.get()];
      expect(again.ETag).toBe(first.ETag);
      const updated = await one.update(one.config, first.ETag);
      expect(updated.ETag).not.toBe(first.ETag);
      expect((await one.get()).ETag).toBe(updated.ETag);
    });

    test('a distribution is changed by whoever has seen what it says', async (aws) => {
      const one = await newDistribution(aws);
      const { ETag } = await one.get();
      await one.update({ ...one.config, Comment: 'first' }, ETag);
      expect(await code(one.update({ ...one.config, Comment: 'second' }, ETag))).toEqual([
        'PreconditionFailed',
        412,
      ]);
      expect((await one.get()).DistributionConfig?.Comment).toBe('first');
    });

    test('of ten updates with the same ETag one is done', async (aws) => {
      const one = await newDistribution(aws);
      const { ETag } = await one.get();
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => one.update({ ...one.config, Comment: `${i}` }, ETag)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('an update without an ETag is refused', async (aws) => {
      const one = await newDistribution(aws);
      expect(await code(one.update(one.config, undefined))).toEqual(['InvalidIfMatchVersion', 400]);
    });

    test('a distribution that does not exist is refused', async (aws) => {
      const [Id, IfMatch] = ['E0000000000000', 'E1111111111111'];
      const { cloudFront } = aws;
      for (const call of [
        () => cloudFront.send(new GetDistributionCommand({ Id })),
        () => cloudFront.send(new GetDistributionConfigCommand({ Id })),
        () =>
          cloudFront.send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig: newConfig() })),
        () => cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch })),
      ]) {
        expect(await code(call())).toEqual(['NoSuchDistribution', 404]);
      }
    });

    test('the caller reference of a distribution cannot be changed', async (aws) => {
      const one = await newDistribution(aws);
      const changed = { ...one.config, CallerReference: uniqueName('other') };
      expect(await code(one.update(changed, (await one.get()).ETag))).toEqual(['IllegalUpdate', 400]);
    });

    test('a caller reference makes one distribution only', async (aws) => {
      const { config } = await newDistribution(aws);
      const again = aws.cloudFront.send(new CreateDistributionCommand({ DistributionConfig: config }));
      expect(await code(again)).toEqual(['DistributionAlreadyExists', 409]);
    });

    test('an alias belongs to one distribution', async (aws) => {
      const Aliases = { Quantity: 1, Items: [`${uniqueName('www')}.example.com`] };
      const first = await newDistribution(aws, { Aliases });
      expect(await code(newDistribution(aws, { Aliases }))).toEqual(['CNAMEAlreadyExists', 409]);
      const other = await newDistribution(aws);
      const { ETag } = await other.get();
      expect(await code(other.update({ ...other.config, Aliases }, ETag))).toEqual([
        'CNAMEAlreadyExists',
        409,
      ]);
      // Its own it may keep.
      await first.update(first.config, (await first.get()).ETag);
    });

    test('a distribution is deleted when it is disabled, by whoever has seen that', async (aws) => {
      const one = await newDistribution(aws);
      const { ETag } = await one.get();
      expect(await code(one.remove(undefined))).toEqual(['InvalidIfMatchVersion', 400]);
      expect(await code(one.remove(ETag))).toEqual(['DistributionNotDisabled', 409]);
      const disabled = await one.update({ ...one.config, Enabled: false }, ETag);
      expect(await code(one.remove(ETag))).toEqual(['PreconditionFailed', 412]);
      await one.remove(disabled.ETag);
      expect(await code(one.get())).toEqual(['NoSuchDistribution', 404]);
    });

    test('a list of distributions comes in pages', async (aws) => {
      const made = [];
      for (let i = 0; i < 5; i += 1) made.push(await newDistribution(aws));
      const ids: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const { DistributionList: page } = await aws.cloudFront.send(
          new ListDistributionsCommand({ MaxItems: 2, Marker }),
        );
        expect(page?.Items?.length).toBe(page?.Quantity);
        expect(page?.Quantity).toBeLessThanOrEqual(2);
        ids.push(...(page?.Items ?? []).map(({ Id }) => Id));
        expect(page?.IsTruncated).toBe(page?.NextMarker !== undefined);
        Marker = page?.NextMarker;
      } while (Marker !== undefined);
      for (const { Id } of made) expect(ids.filter((id) => id === Id)).toHaveLength(1);
    });

    test('a list tells what is restricted, and under which aliases', async (aws) => {
      const Aliases = { Quantity: 1, Items: [`${uniqueName('www')}.example.com`] };
      const one = await newDistribution(aws, { ...geo('whitelist', ['DE']), Aliases });
      const all = await aws.cloudFront.send(new ListDistributionsCommand({}));
      const listed = all.DistributionList?.Items?.find(({ Id }) => Id === one.Id);
      expect(listed).toMatchObject({ Aliases, ...geo('whitelist', ['DE']), Comment: 'flowers & trees' });
    });
  });
};
