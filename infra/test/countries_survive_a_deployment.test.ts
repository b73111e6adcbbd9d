import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { Resources, startSandbox, type EnforcedDistribution } from '@groundwork/aws-sandbox';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createHandler } from '../handlers/current-geo.ts';

const COMMENT = 'groundwork-test-edge';
const ALIAS = 'web.example.com';
const resources = Resources.parse({
  distributions: [
    { alias: 'other.example.com', origin: 'alb.example.com' },
    { alias: ALIAS, origin: 'alb.example.com' },
  ],
});

/** Two distributions, neither with the comment at first, and the handler as it runs in Lambda. */
async function account() {
  const stateDir = mkdtempSync(join(tmpdir(), 'infra-cloudfront-'));
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources });
  const cloudFront = new CloudFrontClient({
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(async () => {
    cloudFront.destroy();
    await sandbox.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const run = createHandler(cloudFront);
  return {
    change: async (changes: Partial<DistributionConfig>, alias = ALIAS): Promise<void> => {
      const answer = await fetch(`${sandbox.endpoint}/_sandbox/distributions/${alias}`);
      const { id: Id } = (await answer.json()) as EnforcedDistribution;
      const { DistributionConfig, ETag } = await cloudFront.send(new GetDistributionConfigCommand({ Id }));
      await cloudFront.send(
        new UpdateDistributionCommand({
          Id,
          IfMatch: ETag,
          DistributionConfig: { ...DistributionConfig!, ...changes },
        }),
      );
    },
    ask: (RequestType: 'Create' | 'Update' | 'Delete') =>
      run({ RequestType, ResourceProperties: { Comment: COMMENT } }),
  };
}

const turningAway = (...Items: string[]): Partial<DistributionConfig> => ({
  Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: Items.length, Items } },
});

it('countries that are turned away are handed to the template that is about to write the distribution', async () => {
  const { ask, change } = await account();
  await change({ Comment: COMMENT, ...turningAway('KP', 'DE') });
  await change(turningAway('FR'), 'other.example.com');
  expect((await ask('Update')).Data).toEqual({ Type: 'blacklist', Locations: ['KP', 'DE'] });
  // Also where the list has begun to be asked for only now.
  expect((await ask('Create')).Data).toEqual({ Type: 'blacklist', Locations: ['KP', 'DE'] });
});

it('so is a list of those who are let in, which somebody else has put there', async () => {
  const { ask, change } = await account();
  const GeoRestriction = { RestrictionType: 'whitelist' as const, Quantity: 1, Items: ['AT'] };
  await change({ Comment: COMMENT, Restrictions: { GeoRestriction } });
  expect((await ask('Update')).Data).toEqual({ Type: 'whitelist', Locations: ['AT'] });
});

it('there are none before there is a distribution, and where it turns away none', async () => {
  const { ask, change } = await account();
  expect((await ask('Create')).Data).toEqual({ Type: 'none', Locations: [] });
  await change({ Comment: COMMENT });
  expect((await ask('Update')).Data).toEqual({ Type: 'none', Locations: [] });
});

it('that the distribution cannot be found any more is not taken for none', async () => {
  const { ask } = await account();
  await expect(ask('Update')).rejects.toThrow(`No distribution has the comment ${COMMENT}`);
  expect(await ask('Delete')).toEqual({ PhysicalResourceId: `${COMMENT}-geo` });
});

it('of two distributions with the same comment neither is taken', async () => {
  const { ask, change } = await account();
  await change({ Comment: COMMENT, ...turningAway('KP') });
  await change({ Comment: COMMENT }, 'other.example.com');
  await expect(ask('Update')).rejects.toThrow(`have the comment ${COMMENT}`);
});
