import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { PermanentFailure, type MessageHandler } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { attributesOf, counts, createQueue, next, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

function attributes(names: readonly string[]): Record<string, MessageAttributeValue> {
  return Object.fromEntries(names.map((name) => [name, { DataType: 'String', StringValue: `of ${name}` }]));
}

const refuse: MessageHandler = async () => {
  throw new PermanentFailure('not an image');
};

describe('a permanent failure', () => {
  it.each([false, true])('is in the dead-letter queue at once, with its reason (fifo: %s)', async (fifo) => {
    const queue = await createQueue(aws, { fifo, maxReceiveCount: 5 });
    let attempts = 0;
    await startConsumer({
      queueUrl: queue.url,
      handler: async (...args) => {
        attempts += 1;
        await refuse(...args);
      },
    });
    const requestId = attributes(['requestId']);
    await send(aws, queue.url, [{ body: 'bad', attributes: requestId, ...(fifo ? { group: 'g' } : {}) }]);
    const dead = await next(aws, queue.deadLetterUrl);
    expect(dead.Body).toBe('bad');
    expect(attributesOf(dead)).toEqual({
      requestId: 'of requestId',
      failureCode: 'permanent',
      failureReason: 'not an image',
    });
    expect(dead.Attributes?.MessageGroupId).toBe(fifo ? 'g' : undefined);
    await untilEmpty(aws, queue.url);
    expect(attempts).toBe(1);
  });

  it('lets the others of its FIFO group go on', async () => {
    const queue = await createQueue(aws, { fifo: true, maxReceiveCount: 5 });
    const handled: string[] = [];
    await send(
      aws,
      queue.url,
      ['a', 'bad', 'c'].map((body) => ({ body, group: 'g' })),
    );
    await startConsumer({
      queueUrl: queue.url,
      handler: async ({ body }) => {
        if (body === 'bad') throw new PermanentFailure('no');
        handled.push(body);
      },
    });
    await untilEmpty(aws, queue.url);
    expect(handled).toEqual(['a', 'c']);
    expect((await next(aws, queue.deadLetterUrl)).Body).toBe('bad');
  });

  it('makes room for its reason when the message already has ten attributes', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 5 });
    const names = Array.from({ length: 10 }, (_, i) => `a${i}`);
    await send(aws, queue.url, [{ body: 'bad', attributes: attributes(names) }]);
    await startConsumer({ queueUrl: queue.url, handler: refuse });
    const kept = attributesOf(await next(aws, queue.deadLetterUrl));
    expect(Object.keys(kept)).toHaveLength(10);
    expect(kept).toMatchObject({ a0: 'of a0', a7: 'of a7', failureCode: 'permanent' });
  });

  it('keeps all eight attributes of a message that has been redriven from there', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 5 });
    const names = ['failureCode', 'failureReason', ...Array.from({ length: 8 }, (_, i) => `a${i}`)];
    await send(aws, queue.url, [{ body: 'bad', attributes: attributes(names) }]);
    await startConsumer({ queueUrl: queue.url, handler: refuse });
    const kept = attributesOf(await next(aws, queue.deadLetterUrl));
    expect(Object.keys(kept).toSorted()).toEqual(names.toSorted());
    expect(kept).toMatchObject({ failureReason: 'not an image', a7: 'of a7' });
  });

  it.each([
    ['has control characters', 'bell \u0007 and null \u0000'],
    ['is empty', ''],
    ['is endless', `x${'😀'.repeat(2_000)}`],
  ])('is delivered when its reason %s', async (_name, reason) => {
    const queue = await createQueue(aws, { maxReceiveCount: 5 });
    await send(aws, queue.url, ['bad']);
    await startConsumer({
      queueUrl: queue.url,
      handler: async () => {
        throw new PermanentFailure(reason);
      },
    });
    const { failureReason = '' } = attributesOf(await next(aws, queue.deadLetterUrl));
    expect(failureReason).not.toBe('');
    expect(failureReason.length).toBeLessThanOrEqual(1_000);
  });

  it('stays in its queue while the dead-letter queue cannot be reached', async () => {
    const queue = await createQueue(aws, { maxReceiveCount: 50 });
    await send(aws, queue.url, ['bad']);
    const fault = aws.faults.add({ kind: 'error', operation: 'sqs:SendMessage' });
    await startConsumer({ queueUrl: queue.url, handler: refuse });
    await eventually(() => fault.struck >= 4, { what: 'a second round of attempts' });
    expect((await counts(aws, queue.url)).all).toBe(1);
    aws.faults.clear();
    expect(attributesOf(await next(aws, queue.deadLetterUrl))).toMatchObject({ failureCode: 'permanent' });
    await untilEmpty(aws, queue.url);
  });
});
