import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { Queue } from './queues.ts';
import { newFifoTopic, publish, rawDelivery as raw, subscribe } from './topics.ts';

export const describeFifoTopics: Suite = ({ test }) => {
  describe('SNS FIFO topics', () => {
    test('a FIFO topic keeps order and group on the way to a FIFO queue', async (aws) => {
      const [topic, queue] = [await newFifoTopic(aws), await Queue.createFifo(aws)];
      await subscribe(aws, topic, queue, raw);
      for (const body of ['1', '2', '3', '4']) {
        await publish(aws, topic, body, { MessageGroupId: 'group', MessageDeduplicationId: body });
      }
      const taken = await queue.take(4, (message) => message.Body);
      expect(taken).toEqual(['1', '2', '3', '4']);
      await publish(aws, topic, '5', { MessageGroupId: 'other', MessageDeduplicationId: '5' });
      const last = await queue.next({ MessageSystemAttributeNames: ['All'] });
      expect(last.Attributes?.MessageGroupId).toBe('other');
    });

    test('a FIFO topic drops a message with a known deduplication id', async (aws) => {
      const [topic, queue] = [await newFifoTopic(aws), await Queue.createFifo(aws)];
      await subscribe(aws, topic, queue, raw);
      for (const [body, MessageDeduplicationId] of [
        ['original', 'same'],
        ['duplicate', 'same'],
        ['last', 'other'],
      ] as const) {
        await publish(aws, topic, body, { MessageGroupId: 'group', MessageDeduplicationId });
      }
      expect(await queue.takeBodies(2)).toEqual(['original', 'last']);
    });

    test('content-based deduplication of a topic needs none of the queue', async (aws) => {
      const topic = await newFifoTopic(aws, { ContentBasedDeduplication: 'true' });
      const queue = await Queue.createFifo(aws);
      await subscribe(aws, topic, queue, raw);
      for (const body of ['a', 'a', 'b']) await publish(aws, topic, body, { MessageGroupId: 'g' });
      expect(await queue.takeBodies(2)).toEqual(['a', 'b']);
    });

    test('a message to a FIFO topic without a group is refused', async (aws) => {
      const published = publish(aws, await newFifoTopic(aws), 'x', { MessageDeduplicationId: '1' });
      const refused = await refusal(published);
      expect(refused.status).toBe(400);
      expect(refused.message).toContain('MessageGroupId');
    });
  });
};
