import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentFailure } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { useConsumers } from './helpers/consumers.ts';
import { counts, createQueue, receive, send, untilEmpty } from './helpers/queues.ts';

const aws = useAws();
const startConsumer = useConsumers(aws);

type Fate = 'done' | 'fails once' | 'permanent';
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('done') },
  { weight: 1, arbitrary: fc.constant<Fate>('fails once') },
  { weight: 1, arbitrary: fc.constant<Fate>('permanent') },
);
/** What becomes of each message of each group. */
const plans = fc.array(fc.array(fate, { minLength: 1, maxLength: 6 }), { minLength: 6, maxLength: 10 });

async function takeAll(url: string): Promise<string[]> {
  const bodies: string[] = [];
  while ((await counts(aws, url)).all > 0) {
    for (const { Body = '', ReceiptHandle } of await receive(aws, url)) {
      bodies.push(Body);
      await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
  return bodies;
}

describe('whatever fails in a FIFO queue with two consumers', () => {
  it('every group succeeds in the order in which it was sent, and nothing is lost', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (groups) => {
        const queue = await createQueue(aws, { fifo: true, maxReceiveCount: 100, visibilitySeconds: 5 });
        const messages = groups.flatMap((fates, group) =>
          fates.map((what, i) => ({ body: JSON.stringify({ group, i, what }), group: String(group) })),
        );
        const attempts = new Map<string, number>();
        const succeeded: Record<string, string[]> = {};
        const handler = async ({ body, groupId = '' }: { body: string; groupId?: string }) => {
          const { what } = JSON.parse(body) as { what: Fate };
          const attempt = (attempts.get(body) ?? 0) + 1;
          attempts.set(body, attempt);
          if (what === 'permanent') throw new PermanentFailure('never');
          if (what === 'fails once' && attempt === 1) throw new Error('busy');
          (succeeded[groupId] ??= []).push(body);
        };
        await send(aws, queue.url, messages);
        const consumers = await Promise.all(
          [3, 6].map((concurrency) => startConsumer({ queueUrl: queue.url, concurrency, handler })),
        );
        await untilEmpty(aws, queue.url, 25_000);
        await Promise.all(consumers.map((consumer) => consumer.stop(AbortSignal.abort())));
        for (const [group, fates] of groups.entries()) {
          const expected = messages.filter((m) => m.group === String(group));
          expect(succeeded[group] ?? []).toEqual(
            expected.filter((_, i) => fates[i] !== 'permanent').map((m) => m.body),
          );
        }
        const dead = messages.filter((m) => m.body.includes('permanent')).map((m) => m.body);
        expect((await takeAll(queue.deadLetterUrl)).toSorted()).toEqual(dead.toSorted());
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 60_000);
});
