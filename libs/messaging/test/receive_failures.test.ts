import { afterEach, describe, expect, it, vi } from 'vitest';
import { countCalls, useAws } from './helpers/aws.ts';
import { gate, useConsumers } from './helpers/consumers.ts';
import { createQueue, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);
const MORE_THAN_A_MINUTE_MS = 61_000;

afterEach(() => vi.useRealTimers());

describe('a queue that does not answer', () => {
  it.each(['error', 'throttle', 'lost-response'] as const)(
    'is polled again by itself when it does (%s)',
    async (kind) => {
      const queue = await createQueue(aws, { visibilitySeconds: 1 });
      const fault = aws.faults.add({ kind, operation: 'sqs:ReceiveMessage', times: 4 });
      await send(aws, queue.url, ['x']);
      const handled: string[] = [];
      await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void handled.push(body) });
      await untilEmpty(aws, queue.url, 15_000);
      expect(handled).toEqual(['x']);
      expect(fault.struck).toBe(4);
    },
  );

  it('refuses the start of a consumer when it does not exist', async () => {
    const url = (await createQueue(aws)).url.replace(/work-/, 'absent-');
    await expect(startConsumer({ queueUrl: url, handler: async () => undefined })).rejects.toThrow(
      'does not exist',
    );
  });
});

describe('readiness', () => {
  it('is refused when the queue has not answered for a minute, until it does', async () => {
    const queue = await createQueue(aws);
    aws.faults.add({ kind: 'error', operation: 'sqs:ReceiveMessage' });
    vi.useFakeTimers({ toFake: ['performance'] });
    const consumer = await startConsumer({ queueUrl: queue.url, handler: async () => undefined });
    await consumer.check();
    vi.advanceTimersByTime(MORE_THAN_A_MINUTE_MS);
    await expect(consumer.check()).rejects.toThrow('the queue has not answered for 61 s');
    vi.useRealTimers();
    aws.faults.clear();
  });

  it('is not refused because long handlers leave no room to ask the queue', async () => {
    const queue = await createQueue(aws);
    const release = gate();
    let started = false;
    vi.useFakeTimers({ toFake: ['performance'] });
    const consumer = await startConsumer({
      queueUrl: queue.url,
      concurrency: 1,
      handler: async () => {
        started = true;
        await release.promise;
      },
    });
    await send(aws, queue.url, ['long']);
    await vi.waitUntil(() => started);
    vi.advanceTimersByTime(MORE_THAN_A_MINUTE_MS);
    await consumer.check();
    const polls = countCalls(aws, 'sqs:ReceiveMessage');
    release.resolve();
    await vi.waitUntil(() => polls() > 0);
    await consumer.check();
  });
});
