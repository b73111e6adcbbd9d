import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { Queue } from './queues.ts';

function changeVisibility(aws: Aws, queue: Queue, message: Message, VisibilityTimeout: number) {
  const { ReceiptHandle } = message;
  return aws.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle, VisibilityTimeout }),
  );
}

export const describeVisibility: Suite = ({ test }) => {
  describe('SQS visibility', () => {
    test('a received message is hidden until its visibility timeout ends', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '1' });
      await queue.send('petals');
      const first = await queue.next();
      const received = Date.now();
      expect(await queue.bodies()).toEqual([]);
      const again = await queue.next();
      expect(Date.now() - received).toBeGreaterThan(500);
      expect(again.MessageId).toBe(first.MessageId);
      expect(again.ReceiptHandle).not.toBe(first.ReceiptHandle);
    });

    test('a receive may choose its own visibility timeout', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '600' });
      await queue.send('petals');
      const first = await queue.next({ VisibilityTimeout: 1 });
      expect((await queue.next()).MessageId).toBe(first.MessageId);
    });

    test('a visibility of 0 makes a message visible at once', async (aws) => {
      const queue = await Queue.create(aws);
      await queue.send('petals');
      const message = await queue.next();
      expect(await queue.bodies()).toEqual([]);
      await changeVisibility(aws, queue, message, 0);
      expect(await queue.bodies()).toEqual(['petals']);
    });

    test('a longer visibility keeps a message hidden', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '1' });
      await queue.send('petals');
      await changeVisibility(aws, queue, await queue.next(), 60);
      // Waits longer than the timeout the queue would have given.
      expect(await queue.bodies({ WaitTimeSeconds: 2 })).toEqual([]);
    });

    test('visibility is changed in batches that may fail in part', async (aws) => {
      const queue = await Queue.create(aws);
      await queue.send('petals');
      const { ReceiptHandle } = await queue.next();
      const answer = await aws.sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queue.url,
          Entries: [
            { Id: 'good', ReceiptHandle, VisibilityTimeout: 0 },
            { Id: 'bad', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
          ],
        }),
      );
      expect(answer.Successful?.map((each) => each.Id)).toEqual(['good']);
      expect(answer.Failed?.map((each) => each.Id)).toEqual(['bad']);
      expect(await queue.bodies()).toEqual(['petals']);
    });

    test('a visibility of more than twelve hours is refused', async (aws) => {
      const queue = await Queue.create(aws);
      await queue.send('petals');
      const changed = changeVisibility(aws, queue, await queue.next(), 43_201);
      expect(await refusal(changed)).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
    });

    test('a receipt handle nobody gave is refused', async (aws) => {
      const queue = await Queue.create(aws);
      const changed = changeVisibility(aws, queue, { ReceiptHandle: 'nonsense' }, 0);
      expect((await refusal(changed)).code).toBe('ReceiptHandleIsInvalid');
    });

    test('each receive is counted', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '0' });
      await queue.send('petals');
      const counts: (string | undefined)[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const message = await queue.next({ MessageSystemAttributeNames: ['All'] });
        counts.push(message.Attributes?.ApproximateReceiveCount);
        expect(Number(message.Attributes?.SentTimestamp)).toBeGreaterThan(Date.now() - 60_000);
      }
      expect(counts).toEqual(['1', '2', '3']);
    });

    test('a delayed message appears only after its delay', async (aws) => {
      const queue = await Queue.create(aws);
      const sent = Date.now();
      await queue.send('petals', { DelaySeconds: 1 });
      expect(await queue.bodies()).toEqual([]);
      await queue.next();
      expect(Date.now() - sent).toBeGreaterThan(500);
    });

    test('a long poll waits, and returns as soon as a message arrives', async (aws) => {
      const queue = await Queue.create(aws);
      const poll = queue.bodies({ WaitTimeSeconds: 20 });
      // That it still waits after a while is what is tested here; nothing is waited for.
      expect(await Promise.race([poll, pause(300, 'waiting')])).toBe('waiting');
      const sent = Date.now();
      await queue.send('petals');
      expect(await poll).toEqual(['petals']);
      expect(Date.now() - sent).toBeLessThan(5_000);
    });

    test('a message received too often goes to the dead-letter queue', async (aws) => {
      const dead = await Queue.create(aws);
      const queue = await Queue.createWithDeadLetters(aws, dead, 2);
      const { MessageId } = await queue.send('poison');
      for (let turn = 0; turn < 2; turn += 1) {
        const message = await queue.next({ VisibilityTimeout: 0 });
        expect(message.MessageId).toBe(MessageId);
      }
      expect(await queue.bodies({ WaitTimeSeconds: 1 })).toEqual([]);
      expect(await dead.next()).toMatchObject({ MessageId, Body: 'poison' });
    });

    test('a dead letter says which queue it comes from', async (aws) => {
      const dead = await Queue.create(aws);
      const queue = await Queue.createWithDeadLetters(aws, dead, 1);
      await queue.send('poison');
      await queue.next({ VisibilityTimeout: 0 });
      expect(await queue.bodies({ WaitTimeSeconds: 1 })).toEqual([]);
      const letter = await dead.next({ MessageSystemAttributeNames: ['All'] });
      expect(letter.Attributes?.DeadLetterQueueSourceArn).toBe(queue.arn);
    });
  });
};
