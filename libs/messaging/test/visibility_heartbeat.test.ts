import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { countCalls, useAws } from './helpers/aws.ts';
import { gate, useConsumers } from './helpers/consumers.ts';
import { createQueue, receive, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

describe('a handler longer than the visibility timeout', () => {
  it('keeps its message to itself', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 1 });
    const release = gate();
    let deliveries = 0;
    await startConsumer({
      queueUrl: queue.url,
      handler: async () => {
        deliveries += 1;
        await release.promise;
      },
    });
    await send(aws, queue.url, ['long']);
    await eventually(() => deliveries === 1);
    // Somebody else asks all the time, for more than twice the timeout.
    expect(await receive(aws, queue.url, 3)).toEqual([]);
    release.resolve();
    await untilEmpty(aws, queue.url);
    expect(deliveries).toBe(1);
  });

  it('keeps those that wait behind it in their group', async () => {
    const queue = await createQueue(aws, { fifo: true, visibilitySeconds: 1 });
    const renewals = countCalls(aws, 'sqs:ChangeMessageVisibilityBatch');
    const release = gate();
    const handled: string[] = [];
    await send(
      aws,
      queue.url,
      ['a', 'b', 'c'].map((body) => ({ body, group: 'g' })),
    );
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ body }) => {
        handled.push(body);
        if (body === 'a') await release.promise;
      },
    });
    await eventually(() => renewals() >= 6, { what: 'two seconds of renewals' });
    release.resolve();
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['a', 'b', 'c']);
  });
});

describe('a renewal that is slow', () => {
  it('does not outlive the retry delay that follows it', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 6 });
    const renewals = countCalls(aws, 'sqs:ChangeMessageVisibilityBatch');
    aws.faults.add({
      kind: 'latency',
      operation: 'sqs:ChangeMessageVisibilityBatch',
      latencyMs: 1_000,
      times: 1,
    });
    const attempts: number[] = [];
    await startConsumer({
      queueUrl: queue.url,
      handler: async () => {
        attempts.push(performance.now());
        if (attempts.length > 1) return;
        await eventually(() => renewals() === 1, { what: 'a renewal under way' });
        throw new Error('not now');
      },
    });
    await send(aws, queue.url, ['x']);
    // The renewal is sent after 2 s; the retry is due a second after it, not six.
    await eventually(() => attempts.length === 2, { withinMs: 6_000, what: 'the retry' });
    expect(attempts).toHaveLength(2);
  });
});
