import {
  CloudFrontClient,
  CreateInvalidationCommand,
  DeleteDistributionCommand,
  GetDistributionCommand,
  GetInvalidationCommand,
  ListDistributionsCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { expect, it, onTestFinished } from 'vitest';
import { Resources, type InvalidatedDistribution } from '../src/index.ts';
import { start, stateDir } from './sandbox.ts';

const ALIAS = 'web.example.com';
const resources = Resources.parse({
  distributions: [{ alias: ALIAS, origin: 'alb.example.com', cacheTagHeader: 'Cache-Tag' }],
});

async function prepared(dir = stateDir()) {
  const running = await start(dir, { resources });
  const { endpoint } = running;
  const cloudFront = new CloudFrontClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => cloudFront.destroy());
  const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
  const DistributionId = DistributionList?.Items?.[0]?.Id ?? '';
  return {
    running,
    cloudFront,
    dir,
    DistributionId,
    send: async (Items: string[], CallerReference = Items.join()) => {
      const InvalidationBatch = { CallerReference, Paths: { Quantity: Items.length, Items } };
      const command = new CreateInvalidationCommand({ DistributionId, InvalidationBatch });
      return (await cloudFront.send(command)).Invalidation;
    },
    status: async (Id: string | undefined) =>
      (await cloudFront.send(new GetInvalidationCommand({ DistributionId, Id }))).Invalidation?.Status,
    take: (completeAfterMs: number) =>
      fetch(`${endpoint}/_sandbox/invalidations`, {
        method: 'PUT',
        body: JSON.stringify({ completeAfterMs }),
      }),
    shown: (version = '') =>
      fetch(`${endpoint}/_sandbox/distributions/${ALIAS}/invalidations`, {
        headers: { 'if-none-match': version },
      }),
  };
}

const paths = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

it('takes as long as it is told to, those in progress included, and remembers that', async () => {
  const { take, send, status, running, dir } = await prepared();
  await take(60_000);
  const one = await send(['/a']);
  expect(await status(one?.Id)).toBe('InProgress');
  await running.stop();

  const after = await prepared(dir);
  expect(await after.status(one?.Id)).toBe('InProgress');
  expect(await (await fetch(`${after.running.endpoint}/_sandbox/invalidations`)).json()).toEqual({
    completeAfterMs: 60_000,
  });
  await after.take(0);
  expect(await after.status(one?.Id)).toBe('Completed');
  expect((await after.take(-1)).status).toBe(400);
});

it('has no more than 3,000 files and tags and 15 wildcards in progress', async () => {
  const { take, send } = await prepared();
  await take(60_000);
  await send([...paths(1_500, '#t'), ...paths(1_499, '/f')], 'first');
  await send(
    paths(15, '/w').map((path) => `${path}*`),
    'wildcards',
  );
  await send(['/last'], 'last');
  for (const path of ['/one', '#one', '/one*'])
    await expect(send([path])).rejects.toMatchObject({ name: 'TooManyInvalidationsInProgress' });
  // What is there already takes no room.
  await send(['/last'], 'last');
  await take(0);
  await send(['/one', '#one', '/one*']);
});

it('tells a distribution how many are in progress, and goes with it', async () => {
  const { take, send, cloudFront, DistributionId: Id, shown } = await prepared();
  await take(60_000);
  await send(['/a']);
  const { Distribution, ETag } = await cloudFront.send(new GetDistributionCommand({ Id }));
  expect(Distribution?.InProgressInvalidationBatches).toBe(1);
  const DistributionConfig = { ...Distribution!.DistributionConfig!, Enabled: false };
  const disabled = await cloudFront.send(
    new UpdateDistributionCommand({ Id, IfMatch: ETag, DistributionConfig }),
  );
  await cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch: disabled.ETag }));
  expect((await shown()).status).toBe(404);
});

it('shows what has been invalidated, and whether that has changed', async () => {
  const { take, send, shown, DistributionId: id } = await prepared();
  await take(60_000);
  await send(['/a'], 'one');
  await send(['#b', '/c*'], 'two');
  const before = (await (await shown()).json()) as InvalidatedDistribution;
  expect(before).toMatchObject({
    id,
    cacheTagHeader: 'Cache-Tag',
    invalidations: [
      { callerReference: 'two', paths: ['#b', '/c*'], status: 'InProgress' },
      { callerReference: 'one', paths: ['/a'], status: 'InProgress' },
    ],
  });
  expect((await shown(before.version)).status).toBe(304);
  await take(0);
  expect((await shown(before.version)).status).toBe(200);
});

it('is throttled with nothing made, and loses an answer with everything made', async () => {
  const { running, send, shown } = await prepared();
  const count = async () => ((await (await shown()).json()) as InvalidatedDistribution).invalidations.length;
  running.faults.add({ kind: 'throttle', operation: 'cloudfront:CreateInvalidation', times: 1 });
  await expect(send(['/a'])).rejects.toMatchObject({ name: 'Throttling' });
  expect(await count()).toBe(0);
  running.faults.add({ kind: 'lost-response', operation: 'cloudfront:CreateInvalidation', times: 1 });
  await expect(send(['/a'])).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await count()).toBe(1);
  await send(['/a']);
  expect(await count()).toBe(1);
});

it('refuses what is no batch, and a header name that is none', async () => {
  const { running, DistributionId } = await prepared();
  const post = async (path: string, body: string) => {
    const answer = await fetch(`${running.endpoint}/2020-05-31/${path}`, { method: 'POST', body });
    return /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1];
  };
  const path = `distribution/${DistributionId}/invalidation`;
  expect(await post(path, '')).toBe('MissingBody');
  expect(await post(path, '<Colour>red</Colour>')).toBe('MalformedInput');
  expect(
    await post(path, '<InvalidationBatch><CallerReference>a</CallerReference></InvalidationBatch>'),
  ).toBe('InvalidArgument');
  const { cloudFront } = await prepared();
  const list = await cloudFront.send(new ListDistributionsCommand({}));
  const Id = list.DistributionList?.Items?.[0]?.Id;
  const { Distribution, ETag: IfMatch } = await cloudFront.send(new GetDistributionCommand({ Id }));
  const DistributionConfig = { ...Distribution!.DistributionConfig!, CacheTagConfig: { HeaderName: 'a b' } };
  await expect(
    cloudFront.send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig })),
  ).rejects.toMatchObject({ name: 'InvalidArgument' });
});
