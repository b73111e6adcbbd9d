import {
  CloudFrontClient,
  CopyDistributionCommand,
  CreateDistributionCommand,
  ListDistributionsCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { start } from './sandbox.ts';

async function prepared() {
  const running = await start();
  const cloudFront = new CloudFrontClient({
    endpoint: running.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => cloudFront.destroy());
  const create = () =>
    cloudFront.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: 'one',
          Comment: '',
          Enabled: true,
          Origins: { Quantity: 1, Items: [{ Id: 'alb', DomainName: 'alb.example.com' }] },
          DefaultCacheBehavior: { TargetOriginId: 'alb', ViewerProtocolPolicy: 'allow-all' },
        },
      }),
    );
  const count = async () =>
    (await cloudFront.send(new ListDistributionsCommand({}))).DistributionList?.Quantity;
  return { running, cloudFront, create, count };
}

it('is throttled with its own error, and nothing is made', async () => {
  const { running, create, count } = await prepared();
  running.faults.add({ kind: 'throttle', operation: 'cloudfront:CreateDistribution', times: 1 });
  await expect(create()).rejects.toMatchObject({ name: 'Throttling', $metadata: { httpStatusCode: 400 } });
  expect(await count()).toBe(0);
});

it('loses the answer of a write that has happened', async () => {
  const { running, create, count } = await prepared();
  running.faults.add({ kind: 'lost-response', operation: 'cloudfront:*', times: 1 });
  await expect(create()).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await count()).toBe(1);
});

it('names the operation that it does not have', async () => {
  const { cloudFront } = await prepared();
  await expect(
    cloudFront.send(new CopyDistributionCommand({ PrimaryDistributionId: 'E1', CallerReference: 'x' })),
  ).rejects.toThrow(/does not implement cloudfront:POST .*\/E1\/copy/);
});

it('refuses what is no config', async () => {
  const { running } = await prepared();
  const post = async (body: string) => {
    const answer = await fetch(`${running.endpoint}/2020-05-31/distribution`, { method: 'POST', body });
    return /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1];
  };
  expect(await post('')).toBe('MissingBody');
  expect(await post('{}')).toBe('MalformedInput');
  expect(await post('<DistributionConfig><Enabled>')).toBe('MalformedInput');
  expect(await post('<DistributionConfig><Colour>red</Colour></DistributionConfig>')).toBe('MalformedInput');
});

it('leaves a bucket alone whose name is that of its version', async () => {
  const { running } = await prepared();
  await running.s3.send(new CreateBucketCommand({ Bucket: '2020-05-31' }));
  await running.s3.send(new PutObjectCommand({ Bucket: '2020-05-31', Key: 'distribution', Body: 'x' }));
});
