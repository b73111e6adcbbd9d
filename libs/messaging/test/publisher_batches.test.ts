import { describe, expect, it } from 'vitest';
import { createQueuePublisher } from '../src/index.ts';
import { countCalls, useAws } from './helpers/aws.ts';
import { refuseEntries } from './helpers/partial_failures.ts';
import { attributesOf, counts, createQueue, next, receive } from './helpers/queues.ts';

const aws = useAws();
const bodies = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i}`);

describe('published messages', () => {
  it('go out ten per call', async () => {
    const queue = await createQueue(aws);
    const calls = refuseEntries(aws.sqs, () => false);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    const ids = await Promise.all(bodies(25).map((body) => publisher.publish({ body })));
    expect(calls.map((call) => call.bodies.length)).toEqual([10, 10, 5]);
    expect(new Set(ids).size).toBe(25);
    expect((await counts(aws, queue.url)).visible).toBe(25);
  });

  it('go out also when full batches follow each other closely', async () => {
    const queue = await createQueue(aws);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    for (let round = 1; round <= 3; round++) {
      await Promise.all(bodies(10).map((body) => publisher.publish({ body: `${round} ${body}` })));
    }
    expect((await counts(aws, queue.url)).visible).toBe(30);
  });

  it('share a call only as far as a megabyte goes', async () => {
    const queue = await createQueue(aws);
    const calls = refuseEntries(aws.sqs, () => false);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    const big = '🦉'.repeat(100_000); // 400,000 bytes
    await Promise.all(['a', 'b', 'c'].map((body) => publisher.publish({ body: body + big })));
    expect(calls.map((call) => call.bodies.length)).toEqual([2, 1]);
  });

  it('may be as large as SQS takes, and not a byte larger', async () => {
    const queue = await createQueue(aws);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    const attributes = { requestId: 'r-1' };
    const overhead = 'requestId'.length + 'String'.length + 'r-1'.length;
    const body = 'x'.repeat(1_048_576 - overhead);
    await publisher.publish({ body, attributes });
    const sends = countCalls(aws, 'sqs:SendMessageBatch');
    await expect(publisher.publish({ body: `${body}x`, attributes })).rejects.toThrow(
      /^A message for queue work-\S+ has 1048577 bytes with its attributes; at most 1048576 are possible\./,
    );
    expect(sends()).toBe(0);
  });

  it('carry their attributes', async () => {
    const queue = await createQueue(aws);
    await createQueuePublisher(aws.sqs, queue.url).publish({ body: 'x', attributes: { requestId: 'r-1' } });
    expect(attributesOf(await next(aws, queue.url))).toEqual({ requestId: 'r-1' });
  });

  it('are all sent when stop resolves', async () => {
    const queue = await createQueue(aws);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    aws.faults.add({ kind: 'latency', operation: 'sqs:SendMessageBatch', latencyMs: 100 });
    const published = bodies(13).map((body) => publisher.publish({ body }));
    await publisher.stop();
    expect((await counts(aws, queue.url)).visible).toBe(13);
    await Promise.all(published);
  });

  it('go out alone, soon after they were published', async () => {
    const queue = await createQueue(aws);
    await createQueuePublisher(aws.sqs, queue.url).publish({ body: 'alone' });
    expect((await receive(aws, queue.url))[0]?.Body).toBe('alone');
  });
});
