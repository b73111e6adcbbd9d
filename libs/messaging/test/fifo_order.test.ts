import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { createQueue, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

describe('a FIFO queue', () => {
  it('is handled in order within each group, while groups run at the same time', async () => {
    const queue = await createQueue(aws, { fifo: true });
    const groups = ['a', 'b', 'c'];
    const sent = Array.from({ length: 24 }, (_, i) => ({ body: `${i}`, group: groups[i % 3] ?? '' }));
    const done: Record<string, string[]> = { a: [], b: [], c: [] };
    const running = new Set<string>();
    let most = 0;
    await send(aws, queue.url, sent);
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ body, groupId = '' }) => {
        expect(running).not.toContain(groupId);
        running.add(groupId);
        most = Math.max(most, running.size);
        // All three meet once: only possible when they run at the same time.
        if (body === groups.indexOf(groupId).toString()) await eventually(() => most === 3);
        done[groupId]?.push(body);
        running.delete(groupId);
      },
    });
    await untilEmpty(aws, queue.url);
    for (const group of groups) {
      expect(done[group]).toEqual(sent.filter((m) => m.group === group).map((m) => m.body));
    }
  });

  it('tells the handler who sent a message, and the name by which it is sent once', async () => {
    const queue = await createQueue(aws, { fifo: true });
    const seen: IncomingMessage[] = [];
    await startConsumer({ queueUrl: queue.url, handler: async (message) => void seen.push(message) });
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: 'x',
        MessageGroupId: 'g',
        MessageDeduplicationId: 'order-17',
      }),
    );
    await untilEmpty(aws, queue.url);
    expect(seen).toMatchObject([{ body: 'x', groupId: 'g', deduplicationId: 'order-17' }]);
    expect(seen[0]?.senderId).toMatch(/^\w+/);
  });

  it('keeps the order of a group around a message that has to be retried', async () => {
    const queue = await createQueue(aws, { fifo: true });
    const handled: string[] = [];
    await send(
      aws,
      queue.url,
      ['1', '2', '3', '4'].map((body) => ({ body, group: 'g' })),
    );
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ body, receiveCount }) => {
        handled.push(body);
        if (body === '2' && receiveCount < 3) throw new Error('busy');
      },
    });
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['1', '2', '2', '2', '3', '4']);
  });

  it('keeps the other groups going while one waits for its retry', async () => {
    const queue = await createQueue(aws, { fifo: true });
    const handled: string[] = [];
    await startConsumer({
      queueUrl: queue.url,
      backoff: { baseSeconds: 2, capSeconds: 2 },
      random: () => 1,
      handler: async ({ body, receiveCount }) => {
        if (body === 'fails first' && receiveCount === 1) throw new Error('busy');
        handled.push(body);
      },
    });
    await send(aws, queue.url, [
      { body: 'fails first', group: 'a' },
      { body: 'behind it', group: 'a' },
    ]);
    await send(aws, queue.url, [{ body: 'elsewhere', group: 'b' }]);
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['elsewhere', 'fails first', 'behind it']);
  });
});
