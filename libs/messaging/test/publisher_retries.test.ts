import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueuePublisher } from '../src/index.ts';
import { useAws } from './helpers/aws.ts';
import { refuseEntries } from './helpers/partial_failures.ts';
import { counts, createQueue, receive } from './helpers/queues.ts';

const aws = useAws();
const overloaded = { SenderFault: false, Code: 'InternalError', Message: 'try again' };
const invalid = { SenderFault: true, Code: 'InvalidMessageContents', Message: 'bad characters' };

async function takeAll(url: string): Promise<string[]> {
  const bodies: string[] = [];
  while ((await counts(aws, url)).visible > 0) {
    for (const { Body = '', ReceiptHandle } of await receive(aws, url)) {
      bodies.push(Body);
      await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
  return bodies;
}

describe('a message that is refused', () => {
  it('is sent again, without the others of its call', async () => {
    const queue = await createQueue(aws);
    let refusals = 0;
    const calls = refuseEntries(aws.sqs, (body) => body === 'b' && ++refusals <= 2 && overloaded);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    await Promise.all(['a', 'b', 'c'].map((body) => publisher.publish({ body })));
    expect(calls.map((call) => call.bodies)).toEqual([['a', 'b', 'c'], ['b'], ['b']]);
    expect((await takeAll(queue.url)).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('is reported after four attempts, and the others are not', async () => {
    const queue = await createQueue(aws);
    const calls = refuseEntries(aws.sqs, (body) => body === 'b' && overloaded);
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    const [a, b] = await Promise.allSettled(['a', 'b'].map((body) => publisher.publish({ body })));
    expect(calls).toHaveLength(4);
    expect(a?.status).toBe('fulfilled');
    expect(b).toMatchObject({
      reason: { message: expect.stringMatching(/^queue \S+ refused a message: InternalError: try again$/) },
    });
  });

  it('is not sent again when that cannot help', async () => {
    const queue = await createQueue(aws);
    const calls = refuseEntries(aws.sqs, () => invalid);
    await expect(createQueuePublisher(aws.sqs, queue.url).publish({ body: 'x' })).rejects.toThrow(
      'InvalidMessageContents: bad characters',
    );
    expect(calls).toHaveLength(1);
  });

  it('is reported when the whole call fails, and later ones go out', async () => {
    const queue = await createQueue(aws);
    refuseEntries(aws.sqs, () => false);
    aws.faults.add({ kind: 'error', operation: 'sqs:SendMessageBatch' });
    const publisher = createQueuePublisher(aws.sqs, queue.url);
    await expect(publisher.publish({ body: 'a' })).rejects.toThrow('internal error');
    aws.faults.clear();
    await publisher.publish({ body: 'b' });
    expect(await takeAll(queue.url)).toEqual(['b']);
  });
});

describe('FIFO messages', () => {
  it('arrive in order and once, whatever is refused or lost on the way', async () => {
    const plan = fc.record({
      groups: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
      refusals: fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }),
      lost: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ groups, refusals, lost }) => {
        const queue = await createQueue(aws, { fifo: true });
        const left = [...refusals];
        refuseEntries(aws.sqs, (body) => {
          const i = Number(body.slice(1));
          left[i] = (left[i] ?? 0) - 1;
          return (left[i] ?? 0) >= 0 && overloaded;
        });
        if (lost) aws.faults.add({ kind: 'lost-response', operation: 'sqs:SendMessageBatch', times: 1 });
        const publisher = createQueuePublisher(aws.sqs, queue.url);
        const sent = groups.map((group, i) => ({ group, body: `${group}${i}` }));
        await Promise.all(
          sent.map(({ group, body }) => publisher.publish({ body, groupId: group, deduplicationId: body })),
        );
        const arrived = await takeAll(queue.url);
        for (const group of ['a', 'b', 'c']) {
          const expected = sent.filter((m) => m.group === group).map((m) => m.body);
          expect(arrived.filter((body) => body.startsWith(group))).toEqual(expected);
        }
      }),
      { numRuns: 15 },
    );
  });
});
