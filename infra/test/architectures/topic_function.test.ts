import { createTopicLambda } from '@groundwork/messaging/lambda';
import type { SNSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { handle } from '../../architectures/topic-function/handler.ts';
import { modelOfExample } from '../stage.ts';
import { context, order, silent } from './messages.ts';

const event = (body: unknown): SNSEvent =>
  ({
    Records: [
      {
        EventSource: 'aws:sns',
        Sns: {
          MessageId: '1',
          Message: typeof body === 'string' ? body : JSON.stringify(body),
          MessageAttributes: {},
          Timestamp: '2026-11-01T00:00:00.000Z',
        },
      },
    ],
  }) as unknown as SNSEvent;

describe('the function', () => {
  it('does what is published', async () => {
    const done: string[] = [];
    const lambda = createTopicLambda(
      handle(async ({ id }) => void done.push(id)),
      { logger: silent },
    );
    await lambda(event(order('o-1')), context);
    expect(done).toEqual(['o-1']);
  });

  it.each([
    [order('o-1'), 'not now'],
    ['what?', 'not JSON'],
    [{ id: 'o-1' }, 'no order: customer'],
  ])(
    'throws when it has failed, so that Lambda tries again and keeps the reason: %s',
    async (body, reason) => {
      const lambda = createTopicLambda(
        handle(() => Promise.reject(new Error('not now'))),
        { logger: silent },
      );
      await expect(lambda(event(body), context)).rejects.toThrow(reason);
    },
  );
});

describe('what is deployed', () => {
  const model = modelOfExample('topic-function');
  const only = (type: string) => {
    const found = model.resources.filter((one) => one.type === type);
    expect(found).toHaveLength(1);
    return found[0]!;
  };

  it('tries a call thrice, for an hour at most, and then keeps it with what it came to', () => {
    const config = only('AWS::Lambda::EventInvokeConfig');
    expect(config.properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3_600 });
    expect(model.references(config, 'DestinationConfig')[0]!.path).toBe('published-orders/failed/queue');
  });

  it('keeps what SNS could not hand over in another queue, which lets SNS in', () => {
    const subscription = only('AWS::SNS::Subscription');
    expect(subscription.properties['Protocol']).toBe('lambda');
    const [queue] = model.references(subscription, 'RedrivePolicy');
    expect(queue!.path).toBe('published-orders/undelivered/queue');
    const policy = model.resources.find(
      (one) => one.type === 'AWS::SQS::QueuePolicy' && model.references(one, 'Queues').includes(queue!),
    );
    expect(JSON.stringify(policy!.properties)).toContain('sns.amazonaws.com');
  });

  it('wakes somebody for either', () => {
    const watched = model.resources
      .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map((one) => model.references(one, 'Dimensions')[0]!.path);
    expect(watched.toSorted()).toEqual([
      'published-orders/failed/queue',
      'published-orders/undelivered/queue',
    ]);
  });
});
