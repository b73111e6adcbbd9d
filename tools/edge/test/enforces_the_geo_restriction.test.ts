import {
  CloudFrontClient,
  GetDistributionConfigCommand,
  ListDistributionsCommand,
  UpdateDistributionCommand,
  type GeoRestrictionType,
} from '@aws-sdk/client-cloudfront';
import { CreateIPSetCommand, CreateWebACLCommand, WAFV2Client, type Statement } from '@aws-sdk/client-wafv2';
import { Resources } from '@groundwork/aws-sandbox';
import { eventually } from '@groundwork/service/testing';
import { expect, it, onTestFinished } from 'vitest';
import { parseGeoFile } from '../src/geo-file.ts';
import { compileGeoRestriction } from '../src/geo-restriction.ts';
import { startEdge, startUpstream } from './edge.ts';
import { askFrom, credentials, startAccount } from './sandbox.ts';

const countryOf = parseGeoFile('geo.csv', '127.0.0.44/31,DE\n127.0.0.46/32,FR\n');
const [GERMAN, OTHER_GERMAN, FRENCH, NOBODY] = ['127.0.0.44', '127.0.0.45', '127.0.0.46', '127.0.0.9'];

async function start() {
  const resources = { distributions: [{ alias: 'groundwork.example.com', origin: 'alb.example.com' }] };
  const account = await startAccount(Resources.parse(resources));
  const settings = { endpoint: account.endpoint, region: 'us-east-1', credentials };
  const cloudFront = new CloudFrontClient(settings);
  const waf = new WAFV2Client(settings);
  onTestFinished(() => {
    cloudFront.destroy();
    waf.destroy();
  });
  const upstream = await startUpstream((_req, res) => res.end('hello'));
  const { port } = await startEdge([upstream.url], { sandboxUrl: account.endpoint, countryOf });
  const restrict = async (RestrictionType: GeoRestrictionType, Items: string[] = []) => {
    const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
    const Id = DistributionList?.Items?.[0]?.Id;
    const { DistributionConfig, ETag } = await cloudFront.send(new GetDistributionConfigCommand({ Id }));
    await cloudFront.send(
      new UpdateDistributionCommand({
        Id,
        IfMatch: ETag,
        DistributionConfig: DistributionConfig && {
          ...DistributionConfig,
          Restrictions: {
            GeoRestriction: {
              RestrictionType,
              Quantity: Items.length,
              ...(Items.length > 0 ? { Items } : {}),
            },
          },
        },
      }),
    );
  };
  const visibility = { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'x' };
  return {
    ...account,
    restrict,
    statusFor: async (from: string) => (await askFrom(port, from)).status,
    hear: (from: string) => askFrom(port, from),
    newSet: async (Addresses: string[]) => {
      const { Summary } = await waf.send(
        new CreateIPSetCommand({ Name: 'exempt', Scope: 'CLOUDFRONT', IPAddressVersion: 'IPV4', Addresses }),
      );
      return { IPSetReferenceStatement: { ARN: Summary?.ARN } };
    },
    newAcl: (rules: readonly (readonly [action: 'Allow' | 'Block', statement: Statement])[]) =>
      waf.send(
        new CreateWebACLCommand({
          Name: 'groundwork',
          Scope: 'CLOUDFRONT',
          DefaultAction: { Allow: {} },
          VisibilityConfig: visibility,
          Rules: rules.map(([action, Statement], Priority) => ({
            Name: `rule-${Priority}`,
            Priority,
            Statement,
            Action: { [action]: {} },
            VisibilityConfig: visibility,
          })),
        }),
      ),
  };
}

it('refuses the countries of a blacklist, and none any more when it is lifted', async () => {
  const { restrict, statusFor, hear } = await start();
  expect(await statusFor(GERMAN)).toBe(200);
  await restrict('blacklist', ['DE']);
  await eventually(async () => (await statusFor(GERMAN)) === 403);
  const refused = await hear(GERMAN);
  expect(refused.gate).toBe('geo-restriction');
  expect(JSON.parse(refused.body)).toMatchObject({
    code: 'blocked_by_geo_restriction',
    detail: '127.0.0.44 is of DE; the distribution has a blacklist.',
  });
  expect([await statusFor(FRENCH), await statusFor(NOBODY)]).toEqual([200, 200]);
  await restrict('none');
  await eventually(async () => (await statusFor(GERMAN)) === 200);
});

it('serves the countries of a whitelist only, and nobody whose country is not known', async () => {
  const { restrict, statusFor } = await start();
  await restrict('whitelist', ['DE']);
  await eventually(async () => (await statusFor(FRENCH)) === 403);
  expect([await statusFor(GERMAN), await statusFor(NOBODY)]).toEqual([200, 403]);
});

it('refuses by country before WAF is asked, which cannot allow what is refused', async () => {
  const { restrict, hear, statusFor, newSet, newAcl } = await start();
  await newAcl([
    ['Allow', await newSet([`${GERMAN}/32`])],
    ['Block', { GeoMatchStatement: { CountryCodes: ['DE'] } }],
  ]);
  await eventually(async () => (await statusFor(OTHER_GERMAN)) === 403);
  expect((await hear(OTHER_GERMAN)).gate).toBe('waf');
  expect(await statusFor(GERMAN)).toBe(200);
  await restrict('blacklist', ['DE']);
  await eventually(async () => (await statusFor(GERMAN)) === 403);
  expect((await hear(GERMAN)).gate).toBe('geo-restriction');
  expect((await hear(OTHER_GERMAN)).gate).toBe('geo-restriction');
});

it('honours an exemption within a geo rule of WAF', async () => {
  const { statusFor, newSet, newAcl } = await start();
  const exempt = await newSet([`${GERMAN}/32`]);
  const german = { GeoMatchStatement: { CountryCodes: ['DE' as const] } };
  await newAcl([
    ['Block', { AndStatement: { Statements: [german, { NotStatement: { Statement: exempt } }] } }],
  ]);
  await eventually(async () => (await statusFor(OTHER_GERMAN)) === 403);
  expect([await statusFor(GERMAN), await statusFor(FRENCH)]).toEqual([200, 200]);
});

it('keeps the last restriction in force when the sandbox is gone', async () => {
  const { restrict, statusFor, close } = await start();
  await restrict('blacklist', ['DE']);
  await eventually(async () => (await statusFor(GERMAN)) === 403);
  await close();
  expect([await statusFor(GERMAN), await statusFor(FRENCH)]).toEqual([403, 200]);
});

it('restricts nothing of a country that nobody has told it', () => {
  const geoRestriction = { type: 'blacklist' as const, locations: ['DE'] };
  const judge = compileGeoRestriction({ version: '', id: 'E1', geoRestriction }, () => undefined);
  expect(judge('192.0.2.1')).toEqual({ action: 'allow', type: 'blacklist', country: undefined });
});
