import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  ListDistributionsCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { expect, it, onTestFinished } from 'vitest';
import { Resources, type EnforcedDistribution } from '../src/index.ts';
import { start, stateDir } from './sandbox.ts';

const resources = Resources.parse({
  distributions: [{ alias: 'web.example.com', origin: 'alb.example.com' }],
});

async function connect(endpoint: string) {
  const cloudFront = new CloudFrontClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => cloudFront.destroy());
  const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
  const [summary, ...others] = DistributionList?.Items ?? [];
  expect(others).toEqual([]);
  const Id = summary?.Id;
  const read = () => cloudFront.send(new GetDistributionConfigCommand({ Id }));
  return {
    id: Id,
    read,
    async block(Items: string[]) {
      const { DistributionConfig, ETag: IfMatch } = await read();
      await cloudFront.send(
        new UpdateDistributionCommand({
          Id,
          IfMatch,
          DistributionConfig: DistributionConfig && {
            ...DistributionConfig,
            Restrictions: {
              GeoRestriction: { RestrictionType: 'blacklist', Quantity: Items.length, Items },
            },
          },
        }),
      );
    },
  };
}

const enforced = async (endpoint: string, name: string, version = '') => {
  const answer = await fetch(`${endpoint}/_sandbox/distributions/${name}`, {
    headers: { 'if-none-match': version },
  });
  return {
    status: answer.status,
    body: answer.ok ? ((await answer.json()) as EnforcedDistribution) : undefined,
  };
};

it('makes a distribution that restricts nothing, and leaves at the next start what has been made of it', async () => {
  const dir = stateDir();
  const first = await start(dir, { resources });
  const before = await connect(first.endpoint);
  expect((await before.read()).DistributionConfig).toMatchObject({
    Aliases: { Items: ['web.example.com'] },
    Origins: { Items: [{ DomainName: 'alb.example.com' }] },
    Restrictions: { GeoRestriction: { RestrictionType: 'none' } },
  });
  await before.block(['DE']);
  const { ETag } = await before.read();
  await first.stop();

  const after = await connect((await start(dir, { resources })).endpoint);
  expect(after.id).toBe(before.id);
  expect(await after.read()).toMatchObject({
    ETag,
    DistributionConfig: { Restrictions: { GeoRestriction: { Items: ['DE'] } } },
  });
});

it('tells by id and by alias what is enforced, and whether it has changed', async () => {
  const { endpoint } = await start(undefined, { resources });
  const distribution = await connect(endpoint);
  const { body: before } = await enforced(endpoint, 'web.example.com');
  expect(before).toMatchObject({ id: distribution.id, geoRestriction: { type: 'none', locations: [] } });
  expect(await enforced(endpoint, distribution.id ?? '')).toEqual({ status: 200, body: before });
  expect(await enforced(endpoint, 'web.example.com', before?.version)).toEqual({ status: 304 });
  await distribution.block(['DE', 'FR']);
  const { body: after } = await enforced(endpoint, 'web.example.com', before?.version);
  expect(after?.geoRestriction).toEqual({ type: 'blacklist', locations: ['DE', 'FR'] });
  expect(after?.version).not.toBe(before?.version);
  expect((await enforced(endpoint, 'other.example.com')).status).toBe(404);
});
