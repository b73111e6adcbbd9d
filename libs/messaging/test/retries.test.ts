import { describe, expect, it } from 'vitest';
import { PermanentFailure } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { attributesOf, createQueue, next, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

describe('a failure that may pass', () => {
  it('is retried after a delay that doubles up to the cap', async () => {
    const queue = await createQueue(aws, { visibilitySeconds: 30 });
    const attempts: number[] = [];
    await startConsumer({
      queueUrl: queue.url,
      backoff: { baseSeconds: 1, capSeconds: 2 },
      random: () => 1,
      handler: async () => {
        attempts.push(performance.now());
        if (attempts.length < 4) throw new Error('busy');
      },
    });
    await send(aws, queue.url, ['x']);
    await untilEmpty(aws, queue.url);
    const gaps = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
    for (const [i, seconds] of [1, 2, 2].entries()) {
      expect(gaps[i]).toBeGreaterThan(seconds * 1000 - 20);
      expect(gaps[i]).toBeLessThan(seconds * 1000 + 900);
    }
  });

  it('goes to the dead-letter queue with its last reason after the last attempt', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 2 });
    const receiveCounts: number[] = [];
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ receiveCount }) => {
        receiveCounts.push(receiveCount);
        throw new Error(`attempt ${receiveCount} failed`);
      },
    });
    await send(aws, queue.url, ['x']);
    const dead = await next(aws, queue.deadLetterUrl);
    expect(dead.Body).toBe('x');
    expect(attributesOf(dead)).toEqual({ failureCode: 'exhausted', failureReason: 'attempt 2 failed' });
    await untilEmpty(aws, queue.url);
    expect(receiveCounts).toEqual([1, 2]);
  });

  it.each([new Error('busy'), new PermanentFailure('never')])(
    'is retried as long as it takes without a dead-letter queue (%o)',
    async (error) => {
      const queue = await createQueue(aws);
      let attempts = 0;
      await startConsumer({
        queueUrl: queue.url,
        handler: async () => {
          attempts += 1;
          if (attempts < 3) throw error;
        },
      });
      await send(aws, queue.url, ['x']);
      await untilEmpty(aws, queue.url);
      expect(attempts).toBe(3);
    },
  );

  it('may also be thrown before the handler returns a promise, or be no Error at all', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 1 });
    await startConsumer({
      queueUrl: queue.url,
      handler: () => {
        // oxlint-disable-next-line no-throw-literal, only-throw-error -- handlers do
        throw 'just a word';
      },
    });
    await send(aws, queue.url, ['x']);
    expect(attributesOf(await next(aws, queue.deadLetterUrl))).toMatchObject({
      failureCode: 'exhausted',
      failureReason: 'just a word',
    });
  });
});
