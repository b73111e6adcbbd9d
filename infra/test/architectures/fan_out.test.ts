import {
  CreateTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { text, type Json } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { createQueue, drain, order, useAccount } from './messages.ts';

const model = modelOfExample('fan-out');
const subscriptions = model.resources.filter(({ type }) => type === 'AWS::SNS::Subscription');
const queueOf = (one: (typeof subscriptions)[number]): string =>
  model.references(one, 'Endpoint')[0]!.path.split('/')[1]!;

const account = useAccount();

/** The subscriptions of the template, in an account. */
async function deployed() {
  const { TopicArn } = await account.sns.send(new CreateTopicCommand({ Name: 'orders' }));
  const urls = new Map<string, string>();
  for (const one of subscriptions) {
    const { url } = await createQueue(account, { name: queueOf(one) });
    urls.set(queueOf(one), url);
    const { Attributes = {} } = await account.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const { SubscriptionArn } = await account.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes['QueueArn'],
        ReturnSubscriptionArn: true,
      }),
    );
    const set = (AttributeName: string, value: Json | undefined) =>
      value === undefined
        ? undefined
        : account.sns.send(
            new SetSubscriptionAttributesCommand({
              SubscriptionArn,
              AttributeName,
              AttributeValue: typeof value === 'string' ? value : JSON.stringify(value),
            }),
          );
    for (const name of ['RawMessageDelivery', 'FilterPolicyScope', 'FilterPolicy'])
      await set(name, one.properties[name]);
  }
  return {
    publish: (body: object, region?: string) =>
      account.sns.send(
        new PublishCommand({
          TopicArn,
          Message: JSON.stringify(body),
          ...(region !== undefined && {
            MessageAttributes: { region: { DataType: 'String', StringValue: region } },
          }),
        }),
      ),
    queue: (name: string) => drain(account, urls.get(name)!),
  };
}

describe('an order that is published', () => {
  it('comes to each queue that has asked for its kind, by attribute or by body', async () => {
    const { publish, queue } = await deployed();
    await publish(order('small-us', 'c', { region: 'us' }), 'us');
    await publish(order('large-eu', 'c', { total: 1_000 }), 'eu');
    await publish(order('large-us', 'c', { total: 2_500.5, region: 'us' }), 'us');
    const ids = async (name: string) =>
      (await queue(name)).map(({ Body }) => (JSON.parse(Body!) as { id: string }).id).toSorted();
    expect(await ids('billing')).toEqual(['large-eu', 'large-us', 'small-us']);
    expect(await ids('warehouse')).toEqual(['large-eu']);
    expect(await ids('fraud')).toEqual(['large-eu', 'large-us']);
  });

  it('comes as it was published, with its attributes', async () => {
    const { publish, queue } = await deployed();
    await publish(order('o-1'), 'eu');
    const [message] = await queue('warehouse');
    expect(JSON.parse(message!.Body!)).toEqual(order('o-1'));
    expect(message!.MessageAttributes).toMatchObject({ region: { StringValue: 'eu' } });
  });

  it('without the attribute that somebody filters by is not for him, and nobody is told', async () => {
    const { publish, queue } = await deployed();
    await publish(order('o-1'));
    expect(await queue('warehouse')).toEqual([]);
    expect(await queue('billing')).toHaveLength(1);
  });
});

describe('what is deployed', () => {
  it('keeps what SNS cannot put into a queue', () => {
    expect(subscriptions.map((one) => model.references(one, 'RedrivePolicy')[0]?.path)).toEqual([
      'announced-orders/undelivered/queue',
      'announced-orders/undelivered/queue',
      'announced-orders/undelivered/queue',
    ]);
    // SNS has to be let in there as well.
    const letIn = model.resources
      .filter(({ type }) => type === 'AWS::SQS::QueuePolicy')
      .filter((one) => JSON.stringify(one.properties).includes('sns.amazonaws.com'))
      .flatMap((one) => model.references(one, 'Queues').map(({ path }) => path));
    expect(letIn.toSorted()).toEqual([
      'announced-orders/billing/queue',
      'announced-orders/fraud/queue',
      'announced-orders/undelivered/queue',
      'announced-orders/warehouse/queue',
    ]);
  });

  it('is encrypted, and spoken to by TLS only', () => {
    const [topic] = model.resources.filter(({ type }) => type === 'AWS::SNS::Topic');
    expect(JSON.stringify(topic!.properties['KmsMasterKeyId'])).toContain('alias/aws/sns');
    const policies = model.resources.filter(({ type }) => /(Topic|Queue)Policy$/.test(type));
    for (const policy of policies) expect(JSON.stringify(policy.properties)).toContain('aws:SecureTransport');
  });

  it('has an alarm for each place where messages end up', () => {
    const watched = model.resources
      .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map((one) => `${text(one.properties['MetricName'])} ${model.references(one, 'Dimensions')[0]!.path}`);
    const dead = 'ApproximateNumberOfMessagesVisible';
    expect(watched.filter((one) => one.startsWith(dead)).toSorted()).toEqual([
      `${dead} announced-orders/billing/dead-letters`,
      `${dead} announced-orders/fraud/dead-letters`,
      `${dead} announced-orders/undelivered/queue`,
      `${dead} announced-orders/warehouse/dead-letters`,
    ]);
    expect(watched).toHaveLength(7);
  });
});
