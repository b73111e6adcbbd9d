import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { countCalls, useAws } from './helpers/aws.ts';
import { gate, useConsumers } from './helpers/consumers.ts';
import { counts, createQueue, next, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);
/** Longer than any test here: what comes back sooner was given back. */
const visibilitySeconds = 600;

describe('a drain', () => {
  it('gives back what has not started, and lets the running one finish', async () => {
    const queue = await createQueue(aws, { fifo: true, visibilitySeconds });
    const release = gate();
    const handled: string[] = [];
    await send(
      aws,
      queue.url,
      ['1', '2', '3'].map((body) => ({ body, group: 'g' })),
    );
    const consumer = await startConsumer({
      queueUrl: queue.url,
      handler: async ({ body }) => {
        handled.push(body);
        await release.promise;
      },
    });
    await eventually(() => handled.length === 1);
    const stopped = consumer.stop(new AbortController().signal);
    await eventually(async () => (await counts(aws, queue.url)).visible === 2, { what: '2 and 3 are back' });
    release.resolve();
    await stopped;
    expect(handled).toEqual(['1']);
    const others: string[] = [];
    await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void others.push(body) });
    await untilEmpty(aws, queue.url);
    expect(others).toEqual(['2', '3']);
  });

  it('takes nothing new', async () => {
    const queue = await createQueue(aws, { visibilitySeconds });
    const release = gate();
    const handled: string[] = [];
    const consumer = await startConsumer({
      queueUrl: queue.url,
      concurrency: 1, // no room, so no poll is under way that could still bring something

      handler: async ({ body }) => {
        handled.push(body);
        await release.promise;
      },
    });
    await send(aws, queue.url, ['running']);
    await eventually(() => handled.length === 1);
    const polls = countCalls(aws, 'sqs:ReceiveMessage');
    const stopped = consumer.stop(new AbortController().signal);
    await send(aws, queue.url, ['too late']);
    release.resolve();
    await stopped;
    expect(polls()).toBe(0);
    const message = await next(aws, queue.url);
    expect(message.Body).toBe('too late');
    expect(message.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(handled).toEqual(['running']);
  });

  it('gives back what is still running at its deadline, whether or not the handler listens', async () => {
    const queue = await createQueue(aws, { visibilitySeconds });
    const reasons: unknown[] = [];
    let started = 0;
    await send(aws, queue.url, ['deaf', 'listens']);
    const consumer = await startConsumer({
      queueUrl: queue.url,
      // What counts is the drain, not the retry of a handler that was told to stop.
      backoff: { baseSeconds: 600, capSeconds: 600 },
      random: () => 1,
      handler: async ({ body }, { signal }) => {
        started += 1;
        await new Promise<void>((resolve) => {
          if (body === 'listens')
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              resolve();
            });
        });
      },
    });
    await eventually(() => started === 2);
    const deadline = new AbortController();
    const stopped = consumer.stop(deadline.signal);
    deadline.abort();
    await stopped;
    expect(reasons).toEqual([new Error('drain deadline')]);
    const others: string[] = [];
    await startConsumer({ queueUrl: queue.url, handler: async ({ body }) => void others.push(body) });
    await untilEmpty(aws, queue.url);
    expect(others.toSorted()).toEqual(['deaf', 'listens']);
  });

  it('waits for the poll under way, and ends at once when time is up', async () => {
    const queue = await createQueue(aws);
    const handler = async () => undefined;
    const idle = await startConsumer({ queueUrl: queue.url, handler, pollSeconds: 1 });
    await idle.stop(new AbortController().signal);
    await idle.stop(new AbortController().signal);
    const late = await startConsumer({ queueUrl: queue.url, handler, pollSeconds: 20 });
    const began = performance.now();
    await late.stop(AbortSignal.timeout(100));
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('gives back at once what the poll under way still brings', async () => {
    const queue = await createQueue(aws, { visibilitySeconds });
    const polls = countCalls(aws, 'sqs:ReceiveMessage');
    const handled: string[] = [];
    const consumer = await startConsumer({
      queueUrl: queue.url,
      pollSeconds: 20,
      handler: async ({ body }) => void handled.push(body),
    });
    await eventually(() => polls() === 1, { what: 'a poll' });
    const stopped = consumer.stop(new AbortController().signal);
    await send(aws, queue.url, ['just in time']);
    await stopped;
    const message = await next(aws, queue.url);
    expect(message.Body).toBe('just in time');
    expect(handled).toEqual([]);
  });

  it('is not upset by a failure that is being settled while time runs out', async () => {
    const queue = await createQueue(aws, { visibilitySeconds });
    const settling = countCalls(aws, 'sqs:ChangeMessageVisibilityBatch');
    aws.faults.add({ kind: 'latency', operation: 'sqs:ChangeMessageVisibilityBatch', latencyMs: 300 });
    await send(aws, queue.url, ['x']);
    const consumer = await startConsumer({
      queueUrl: queue.url,
      handler: () => {
        throw new Error('before there was a promise');
      },
    });
    await eventually(() => settling() === 1);
    await consumer.stop(AbortSignal.abort());
    await next(aws, queue.url);
  });
});
