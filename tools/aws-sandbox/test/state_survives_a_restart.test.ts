import {
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { arnOf, createBucket, createQueue, drain, keysIn, notifyingBucket, start } from './sandbox.ts';

it('keeps objects, their metadata and all versions', async () => {
  const before = await start();
  await createBucket(before, 'things');
  await before.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'things', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const put = (Body: string) =>
    before.s3.send(
      new PutObjectCommand({
        Bucket: 'things',
        Key: 'a b/ü',
        Body,
        Metadata: { who: 'me' },
        ContentType: 'text/x',
      }),
    );
  const first = await put('one');
  await put('two');
  await before.stop();

  const after = await start(before.dir);
  const get = (VersionId?: string) =>
    after.s3.send(
      new GetObjectCommand({
        Bucket: 'things',
        Key: 'a b/ü',
        ...(VersionId === undefined ? {} : { VersionId }),
      }),
    );
  const current = await get();
  expect([await current.Body?.transformToString(), current.Metadata, current.ContentType]).toEqual([
    'two',
    { who: 'me' },
    'text/x',
  ]);
  expect(await (await get(first.VersionId)).Body?.transformToString()).toBe('one');
  const { Versions = [] } = await after.s3.send(new ListObjectVersionsCommand({ Bucket: 'things' }));
  expect(Versions.map(({ IsLatest }) => IsLatest)).toEqual([true, false]);
});

it('keeps messages, and those in flight come up again when their time is over', async () => {
  const before = await start();
  const url = await createQueue(before, 'work');
  for (const MessageBody of ['waiting', 'flying']) {
    await before.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  }
  const { Messages = [] } = await before.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 1 }),
  );
  expect(Messages).toHaveLength(1);
  await before.stop();
  const after = await start(before.dir);
  const bodies = (await drain(after, url, 2)).map(({ Body }) => Body);
  expect(new Set(bodies)).toEqual(new Set(['waiting', 'flying']));
});

it('delivers after the restart what was decided but not delivered before', async () => {
  const before = await start();
  const url = await notifyingBucket(before, 'photos');
  before.faults.add({ kind: 'delay', latencyMs: 1_500 });
  await before.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'late', Body: 'x' }));
  await before.stop();
  const after = await start(before.dir);
  expect(keysIn(await drain(after, url, 3))).toEqual(['late']);
});

it('keeps topics and subscriptions, raw delivery included', async () => {
  const before = await start();
  const url = await createQueue(before, 'inbox');
  const { TopicArn = '' } = await before.sns.send(new CreateTopicCommand({ Name: 'news' }));
  await before.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: arnOf('inbox'),
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  await before.stop();
  const after = await start(before.dir);
  const { Subscriptions = [] } = await after.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions.map(({ Endpoint }) => Endpoint)).toEqual([arnOf('inbox')]);
  const { Attributes } = await after.sns.send(
    new GetSubscriptionAttributesCommand({ SubscriptionArn: Subscriptions[0]?.SubscriptionArn }),
  );
  expect(Attributes?.['RawMessageDelivery']).toBe('true');
  await after.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  expect((await drain(after, url)).map(({ Body }) => Body)).toEqual(['hello']);
});

it('keeps rules and their targets', async () => {
  const before = await start();
  await createQueue(before, 'target');
  const EventPattern = JSON.stringify({ source: ['aws.s3'] });
  await before.events.send(new PutRuleCommand({ Name: 'uploads', EventPattern }));
  await before.events.send(
    new PutTargetsCommand({ Rule: 'uploads', Targets: [{ Id: 'queue', Arn: arnOf('target') }] }),
  );
  await before.stop();
  const after = await start(before.dir);
  const { Rules = [] } = await after.events.send(new ListRulesCommand({}));
  expect(Rules).toMatchObject([{ Name: 'uploads', EventPattern, State: 'ENABLED' }]);
  const { Targets } = await after.events.send(new ListTargetsByRuleCommand({ Rule: 'uploads' }));
  expect(Targets).toEqual([{ Id: 'queue', Arn: arnOf('target') }]);
});
