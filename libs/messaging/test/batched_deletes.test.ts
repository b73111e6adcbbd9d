import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { countCalls, useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { createQueue, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);
const thirty = Array.from({ length: 30 }, (_, i) => `message ${i}`);
/** Three calls of ours, each tried three times by the SDK. */
const ALL_ATTEMPTS = 9;

describe('handled messages', () => {
  it('are deleted in batches', async () => {
    const queue = await createQueue(aws);
    await send(aws, queue.url, thirty);
    const deletes = countCalls(aws, 'sqs:DeleteMessageBatch');
    const handled: string[] = [];
    await startConsumer({
      queueUrl: queue.url,
      concurrency: 30,
      handler: async ({ body }) => {
        await delay(3 * (Number(body.split(' ')[1]) % 10)); // not all at the same moment
        handled.push(body);
      },
    });
    await untilEmpty(aws, queue.url);
    expect(handled.toSorted()).toEqual(thirty.toSorted());
    expect(deletes()).toBeLessThanOrEqual(6);
  });

  it('are handled once when the answer to their delete is lost', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 1 });
    aws.faults.add({ kind: 'lost-response', operation: 'sqs:DeleteMessageBatch', times: 2 });
    const handled: string[] = [];
    await send(aws, queue.url, thirty);
    await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void handled.push(body) });
    await untilEmpty(aws, queue.url);
    expect(handled.toSorted()).toEqual(thirty.toSorted());
  });

  it('are handled once when deletes fail for a while, even beyond the visibility timeout', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 1 });
    const fault = { operation: 'sqs:DeleteMessageBatch', times: ALL_ATTEMPTS - 1 };
    aws.faults.add({ kind: 'latency', latencyMs: 200, ...fault });
    aws.faults.add({ kind: 'error', ...fault });
    const handled: string[] = [];
    await send(aws, queue.url, ['x']);
    await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void handled.push(body) });
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['x']);
  });

  it('come again when they cannot be deleted at all, and nothing is lost', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 1 });
    aws.faults.add({ kind: 'error', operation: 'sqs:DeleteMessageBatch', times: ALL_ATTEMPTS });
    const receiveCounts: number[] = [];
    await send(aws, queue.url, ['x']);
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ receiveCount }) => void receiveCounts.push(receiveCount),
    });
    await untilEmpty(aws, queue.url);
    expect(receiveCounts).toEqual([1, 2]);
  });

  it('come again before, not after, the others of their FIFO group', async () => {
    const queue = await createQueue(aws, { fifo: true, visibilitySeconds: 1 });
    aws.faults.add({ kind: 'error', operation: 'sqs:DeleteMessageBatch', times: ALL_ATTEMPTS });
    await send(
      aws,
      queue.url,
      ['a', 'b', 'c'].map((body) => ({ body, group: 'g' })),
    );
    const handled: string[] = [];
    await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void handled.push(body) });
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['a', 'a', 'b', 'c']);
  });
});
