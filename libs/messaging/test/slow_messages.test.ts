import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { useAws } from './helpers/aws.ts';
import { gate, useConsumers } from './helpers/consumers.ts';
import { createQueue, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

describe('a slow message', () => {
  it('does not hold back those that come after it', async () => {
    const queue = await createQueue(aws);
    const release = gate();
    const done: string[] = [];
    await startConsumer({
      queueUrl: queue.url,
      concurrency: 2,
      handler: async ({ body }) => {
        if (body === 'slow') await release.promise;
        done.push(body);
      },
    });
    await send(aws, queue.url, ['slow']);
    const quick = Array.from({ length: 25 }, (_, i) => `quick ${i}`);
    await send(aws, queue.url, quick);
    await eventually(() => done.length === quick.length, { what: 'all quick messages handled' });
    expect(done.toSorted()).toEqual(quick.toSorted());
    release.resolve();
    await untilEmpty(aws, queue.url);
    expect(done.at(-1)).toBe('slow');
  });

  it('does not hold back other groups, even with a full load of its own group behind it', async () => {
    const queue = await createQueue(aws, { fifo: true });
    await send(
      aws,
      queue.url,
      Array.from({ length: 10 }, (_, i) => ({ body: `busy ${i}`, group: 'busy' })),
    );
    const release = gate();
    const done: string[] = [];
    await startConsumer({
      queueUrl: queue.url,
      concurrency: 4,
      handler: async ({ body, groupId }) => {
        if (groupId === 'busy') await release.promise;
        done.push(body);
      },
    });
    await send(aws, queue.url, [{ body: 'other', group: 'other' }]);
    await eventually(() => done.includes('other'), { what: 'the other group', withinMs: 5_000 });
    release.resolve();
    await untilEmpty(aws, queue.url);
    expect(done.slice(1)).toEqual(Array.from({ length: 10 }, (_, i) => `busy ${i}`));
  });
});

describe('concurrency', () => {
  it.each([false, true])('is reached and never exceeded (fifo: %s)', async (fifo) => {
    const queue = await createQueue(aws, { fifo });
    let now = 0;
    let most = 0;
    const release = gate();
    await send(
      aws,
      queue.url,
      Array.from({ length: 20 }, (_, i) => ({ body: String(i), ...(fifo ? { group: String(i) } : {}) })),
    );
    await startConsumer({
      queueUrl: queue.url,
      concurrency: 3,
      handler: async () => {
        now += 1;
        most = Math.max(most, now);
        await release.promise;
        now -= 1;
      },
    });
    await eventually(() => now === 3, { what: 'three at the same time' });
    release.resolve();
    await untilEmpty(aws, queue.url);
    expect(most).toBe(3);
  });
});
