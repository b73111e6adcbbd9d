import { ChangeMessageVisibilityCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, refusal } from './helpers.ts';
import { Queue } from './queues.ts';

const inGroup = (MessageGroupId: string, MessageDeduplicationId: string) => ({
  MessageGroupId,
  MessageDeduplicationId,
});

export const describeFifo: Suite = ({ test }) => {
  describe('SQS FIFO queues', () => {
    test('messages of a group arrive in the order they were sent', async (aws) => {
      const queue = await Queue.createFifo(aws);
      const sent: string[] = [];
      for (let number = 0; number < 12; number += 1) {
        const group = number % 2 === 0 ? 'even' : 'odd';
        sent.push(`${group} ${number}`);
        await queue.send(`${group} ${number}`, inGroup(group, `id-${number}`));
      }
      const taken = await queue.takeBodies(12);
      for (const group of ['even', 'odd']) {
        const ofGroup = (bodies: readonly string[]) => bodies.filter((b) => b.startsWith(group));
        expect(ofGroup(taken)).toEqual(ofGroup(sent));
      }
    });

    test('one receive gives several messages of a group, in order', async (aws) => {
      const queue = await Queue.createFifo(aws);
      for (const body of ['1', '2', '3']) await queue.send(body, inGroup('group', body));
      expect(await queue.bodies()).toEqual(['1', '2', '3']);
    });

    test('sequence numbers of a group grow', async (aws) => {
      const queue = await Queue.createFifo(aws);
      let last = 0n;
      for (let number = 0; number < 8; number += 1) {
        const { SequenceNumber } = await queue.send('x', inGroup('group', `id-${number}`));
        const next = BigInt(defined(SequenceNumber));
        expect(next > last).toBe(true);
        last = next;
      }
    });

    test('a message says its group, deduplication id and sequence number', async (aws) => {
      const queue = await Queue.createFifo(aws);
      const first = await queue.send('one', inGroup('group', 'id-1'));
      const message = await queue.next({ MessageSystemAttributeNames: ['All'] });
      expect(message.Attributes).toMatchObject({
        MessageGroupId: 'group',
        MessageDeduplicationId: 'id-1',
        SequenceNumber: first.SequenceNumber,
      });
    });

    test('a group waits while one of its messages is in flight', async (aws) => {
      const queue = await Queue.createFifo(aws);
      await queue.send('first', inGroup('group', '1'));
      await queue.send('second', inGroup('group', '2'));
      const first = await queue.next();
      expect(first.Body).toBe('first');
      expect(await queue.bodies()).toEqual([]);
      await queue.delete(first);
      expect((await queue.next()).Body).toBe('second');
    });

    test('a group in flight does not hold up another group', async (aws) => {
      const queue = await Queue.createFifo(aws);
      await queue.send('first', inGroup('slow', '1'));
      await queue.next();
      await queue.send('second', inGroup('slow', '2'));
      await queue.send('third', inGroup('other', '3'));
      expect((await queue.next()).Body).toBe('third');
    });

    test('a message given back comes before the rest of its group', async (aws) => {
      const queue = await Queue.createFifo(aws);
      await queue.send('first', inGroup('group', '1'));
      await queue.send('second', inGroup('group', '2'));
      const { ReceiptHandle } = await queue.next();
      await aws.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queue.url,
          ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
      expect(await queue.takeBodies(2)).toEqual(['first', 'second']);
    });

    test('a message with a known deduplication id is accepted but not delivered', async (aws) => {
      const queue = await Queue.createFifo(aws);
      await queue.send('original', inGroup('group', 'same'));
      await queue.send('duplicate', inGroup('group', 'same'));
      await queue.send('last', inGroup('group', 'other'));
      expect(await queue.takeBodies(2)).toEqual(['original', 'last']);
    });

    test('a deduplication id is remembered after the message was deleted', async (aws) => {
      const queue = await Queue.createFifo(aws);
      await queue.send('original', inGroup('group', 'same'));
      expect(await queue.takeBodies(1)).toEqual(['original']);
      await queue.send('duplicate', inGroup('group', 'same'));
      await queue.send('last', inGroup('group', 'other'));
      expect(await queue.takeBodies(1)).toEqual(['last']);
    });

    test('content-based deduplication compares bodies', async (aws) => {
      const queue = await Queue.createFifo(aws, { ContentBasedDeduplication: 'true' });
      for (const body of ['a', 'a', 'b']) await queue.send(body, { MessageGroupId: 'group' });
      expect(await queue.takeBodies(2)).toEqual(['a', 'b']);
    });

    test('a batch keeps its order', async (aws) => {
      const queue = await Queue.createFifo(aws);
      const bodies = Array.from({ length: 10 }, (_, number) => `body ${number}`);
      await aws.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: queue.url,
          Entries: bodies.map((MessageBody, number) => ({
            Id: `id-${number}`,
            MessageBody,
            ...inGroup('group', `id-${number}`),
          })),
        }),
      );
      expect(await queue.takeBodies(10)).toEqual(bodies);
    });

    test('a message without a group is refused', async (aws) => {
      const queue = await Queue.createFifo(aws);
      const sent = queue.send('petals', { MessageDeduplicationId: '1' });
      expect(await refusal(sent)).toMatchObject({ code: 'MissingParameter', status: 400 });
    });

    test('a message with neither deduplication id nor content-based one is refused', async (aws) => {
      const queue = await Queue.createFifo(aws);
      const sent = queue.send('petals', { MessageGroupId: 'group' });
      expect(await refusal(sent)).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
    });
  });
};
