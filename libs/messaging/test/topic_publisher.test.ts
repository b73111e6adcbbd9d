import { CreateTopicCommand, SetSubscriptionAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { createTopicPublisher } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { refuseEntries } from './helpers/partial_failures.ts';
import { attributesOf, createQueue, next, receive } from './helpers/queues.ts';

const aws = useAws();
const policy = { RawMessageDelivery: 'true' };

async function createTopic(fifo = false) {
  const queue = await createQueue(aws, { fifo });
  const { TopicArn = '' } = await aws.sns.send(
    new CreateTopicCommand({
      Name: `topic-${performance.now().toString().replace('.', '-')}${fifo ? '.fifo' : ''}`,
      Attributes: fifo ? { FifoTopic: 'true' } : {},
    }),
  );
  const { SubscriptionArn } = await aws.sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn, ReturnSubscriptionArn: true }),
  );
  for (const [AttributeName, AttributeValue] of Object.entries(policy)) {
    await aws.sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
    );
  }
  return { queue, topicArn: TopicArn };
}

describe('a topic publisher', () => {
  it('reaches the subscribed queue, attributes included', async () => {
    const { queue, topicArn } = await createTopic();
    const publisher = createTopicPublisher(aws.sns, topicArn);
    const id = await publisher.publish({ body: 'news', attributes: { requestId: 'r-1' } });
    expect(id).not.toBe('');
    const message = await next(aws, queue.url);
    expect(message.Body).toBe('news');
    expect(attributesOf(message)).toEqual({ requestId: 'r-1' });
  });

  it('keeps the order of a FIFO group although an entry is refused in between', async () => {
    const { queue, topicArn } = await createTopic(true);
    let refusals = 0;
    refuseEntries(
      aws.sns,
      (body) => body === '2' && ++refusals <= 2 && { SenderFault: false, Code: 'Internal', Message: '' },
    );
    const publisher = createTopicPublisher(aws.sns, topicArn);
    await Promise.all(
      ['1', '2', '3'].map((body) => publisher.publish({ body, groupId: 'g', deduplicationId: body })),
    );
    expect((await receive(aws, queue.url)).map((message) => message.Body)).toEqual(['1', '2', '3']);
  });

  it('refuses what SNS would, although SQS would take it', async () => {
    const { topicArn } = await createTopic();
    const publisher = createTopicPublisher(aws.sns, topicArn);
    await publisher.publish({ body: 'x'.repeat(262_144) });
    await expect(publisher.publish({ body: 'x'.repeat(262_145) })).rejects.toThrow(
      /^A message for topic topic-\S+ has 262145 bytes .* at most 262144 are possible/,
    );
  });
});
