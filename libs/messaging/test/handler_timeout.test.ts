import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { attributesOf, createQueue, next, send } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

describe('a handler that hangs', () => {
  it('is told to stop, frees its place, and its message is retried', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 2 });
    let told = 0;
    const done: string[] = [];
    await startConsumer({
      queueUrl: queue.url,
      concurrency: 1,
      handlerTimeoutSeconds: 0.3,
      handler: async ({ body }, { signal }) => {
        if (body !== 'hang') return void done.push(body);
        signal.addEventListener('abort', () => (told += 1));
        await new Promise(() => undefined);
      },
    });
    await send(aws, queue.url, ['hang']);
    await eventually(() => told === 1, { what: 'the signal' });
    await send(aws, queue.url, ['next']);
    await eventually(() => done.includes('next'), { what: 'the next message' });
    expect(attributesOf(await next(aws, queue.deadLetterUrl))).toEqual({
      failureCode: 'exhausted',
      failureReason: 'the handler took longer than 0.3 s',
    });
    expect(told).toBe(2);
  });

  it('holds up its FIFO group no longer than that', async () => {
    const queue = await createQueue(aws, { fifo: true, maxReceiveCount: 1 });
    const done: string[] = [];
    await send(
      aws,
      queue.url,
      ['hang', 'next'].map((body) => ({ body, group: 'g' })),
    );
    await startConsumer({
      queueUrl: queue.url,
      handlerTimeoutSeconds: 0.3,
      handler: async ({ body }) => {
        if (body === 'hang') await new Promise(() => undefined);
        done.push(body);
      },
    });
    await eventually(() => done.includes('next'), { what: 'the next of the group' });
    expect((await next(aws, queue.deadLetterUrl)).Body).toBe('hang');
  });
});
