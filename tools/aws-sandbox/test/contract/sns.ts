import {
  GetSubscriptionAttributesCommand,
  PublishBatchCommand,
  SetSubscriptionAttributesCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { Queue } from './queues.ts';
import { newTopic, parseEnvelope, publish, rawDelivery as raw, subscribe } from './topics.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

export const describeTopics: Suite = ({ test }) => {
  describe('SNS', () => {
    test('a message reaches a subscribed queue in an envelope', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      await subscribe(aws, topic, queue);
      const { MessageId } = await publish(aws, topic, 'petals "é"', {
        Subject: 'a flower',
        MessageAttributes: { colour: text('red') },
      });
      const envelope = parseEnvelope((await queue.next()).Body);
      expect(envelope).toMatchObject({
        Type: 'Notification',
        MessageId,
        TopicArn: topic,
        Subject: 'a flower',
        Message: 'petals "é"',
        MessageAttributes: { colour: { Type: 'String', Value: 'red' } },
      });
      expect(envelope.Timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    test('raw delivery leaves the message and its attributes as they were', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      await subscribe(aws, topic, queue, raw);
      await publish(aws, topic, 'petals', {
        MessageAttributes: { colour: text('red'), count: { DataType: 'Number', StringValue: '3' } },
      });
      const message = await queue.next({ MessageAttributeNames: ['All'] });
      expect(message.Body).toBe('petals');
      expect(message.MessageAttributes).toMatchObject({
        colour: { DataType: 'String', StringValue: 'red' },
        count: { DataType: 'Number', StringValue: '3' },
      });
    });

    test('every subscribed queue gets its own copy', async (aws) => {
      const topic = await newTopic(aws);
      const queues = [await Queue.create(aws), await Queue.create(aws)];
      for (const queue of queues) await subscribe(aws, topic, queue, raw);
      await publish(aws, topic, 'petals');
      for (const queue of queues) expect(await queue.takeBodies(1)).toEqual(['petals']);
    });

    test('a subscription can be changed and looked at', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      const SubscriptionArn = await subscribe(aws, topic, queue);
      await aws.sns.send(
        new SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: 'RawMessageDelivery',
          AttributeValue: 'true',
        }),
      );
      const { Attributes } = await aws.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
      expect(Attributes).toMatchObject({
        RawMessageDelivery: 'true',
        Protocol: 'sqs',
        Endpoint: queue.arn,
        TopicArn: topic,
      });
      await publish(aws, topic, 'petals');
      expect(await queue.takeBodies(1)).toEqual(['petals']);
    });

    test('nothing is delivered after unsubscribing', async (aws) => {
      const topic = await newTopic(aws);
      const [leaver, stayer] = [await Queue.create(aws), await Queue.create(aws)];
      const SubscriptionArn = await subscribe(aws, topic, leaver, raw);
      await subscribe(aws, topic, stayer, raw);
      await aws.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await publish(aws, topic, 'petals');
      expect(await stayer.takeBodies(1)).toEqual(['petals']);
      expect(await leaver.bodies()).toEqual([]);
    });

    test('a batch of messages is published', async (aws) => {
      const [topic, queue] = [await newTopic(aws), await Queue.create(aws)];
      await subscribe(aws, topic, queue, raw);
      const PublishBatchRequestEntries = ['a', 'b', 'c'].map((Id) => ({
        Id,
        Message: `body ${Id}`,
      }));
      const { Successful, Failed = [] } = await aws.sns.send(
        new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries }),
      );
      expect(Successful?.map((each) => each.Id)).toEqual(['a', 'b', 'c']);
      expect(Failed).toEqual([]);
      const bodies = await queue.takeBodies(3);
      expect(bodies.toSorted()).toEqual(['body a', 'body b', 'body c']);
    });

    test('a batch of more than ten messages is refused', async (aws) => {
      const PublishBatchRequestEntries = Array.from({ length: 11 }, (_, index) => ({
        Id: `id-${index}`,
        Message: 'x',
      }));
      const published = aws.sns.send(
        new PublishBatchCommand({ TopicArn: await newTopic(aws), PublishBatchRequestEntries }),
      );
      const refused = await refusal(published);
      expect(refused.status).toBe(400);
      expect(refused.code).toMatch(/^TooManyEntriesInBatchRequest/);
    });

    test('a topic that does not exist is NotFound', async (aws) => {
      const refused = await refusal(publish(aws, `${await newTopic(aws)}-nowhere`, 'x'));
      expect(refused.status).toBe(404);
      expect(refused.code).toMatch(/^NotFound/);
    });
  });
};
