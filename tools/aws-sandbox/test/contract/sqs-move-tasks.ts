import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { DeadLetters } from './dead-letters.ts';
import { Queue } from './queues.ts';

const all = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };

export const describeMoveTasks: Suite = ({ test }) => {
  describe('SQS message move tasks', () => {
    test('dead letters are moved back, each to the queue it came from', async (aws) => {
      const dead = await DeadLetters.create(aws);
      const tulips = await dead.from(['tulip 1', 'tulip 2']);
      const roses = await dead.from(['rose']);
      await dead.redrive();
      expect((await tulips.takeBodies(2)).toSorted()).toEqual(['tulip 1', 'tulip 2']);
      expect(await roses.takeBodies(1)).toEqual(['rose']);
      const task = await dead.task('COMPLETED');
      expect(task).toMatchObject({
        SourceArn: dead.queue.arn,
        ApproximateNumberOfMessagesMoved: 3,
        ApproximateNumberOfMessagesToMove: 3,
      });
      expect(task.StartedTimestamp).toBeGreaterThan(Date.now() - 60_000);
      for (const absent of [
        'DestinationArn',
        'MaxNumberOfMessagesPerSecond',
        'TaskHandle',
        'FailureReason',
      ]) {
        expect(task).not.toHaveProperty(absent);
      }
      expect(await dead.queue.bodies()).toEqual([]);
    });

    test('dead letters are moved to another queue when one is named', async (aws) => {
      const { dead, origin } = await DeadLetters.of(aws, ['petals']);
      const other = await Queue.create(aws);
      await dead.redrive({ DestinationArn: other.arn });
      expect(await other.takeBodies(1)).toEqual(['petals']);
      expect(await dead.task('COMPLETED')).toMatchObject({ DestinationArn: other.arn });
      expect(await origin.bodies()).toEqual([]);
    });

    test('a moved message is a new one with the same body and attributes', async (aws) => {
      const dead = await DeadLetters.create(aws);
      const colour = { colour: { DataType: 'String', StringValue: 'red' } };
      const origin = await dead.from(['petals'], () => ({ MessageAttributes: colour }));
      const letter = await dead.queue.next({ ...all, VisibilityTimeout: 0 });
      await dead.redrive();
      const moved = await origin.next(all);
      expect(moved).toMatchObject({ Body: 'petals', MessageAttributes: colour });
      expect(moved.MessageId).not.toBe(letter.MessageId);
      expect(moved.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
      expect(moved.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
      expect(Number(moved.Attributes?.SentTimestamp)).toBeGreaterThan(
        Number(letter.Attributes?.SentTimestamp),
      );
    });

    test('a message sent to the dead-letter queue itself cannot be moved back', async (aws) => {
      const dead = await DeadLetters.create(aws);
      await dead.from([]);
      await dead.queue.send('petals');
      await dead.redrive();
      expect(await dead.task('FAILED')).toMatchObject({
        FailureReason: 'CouldNotDetermineMessageSource',
        ApproximateNumberOfMessagesMoved: 0,
      });
      const other = await Queue.create(aws);
      await dead.redrive({ DestinationArn: other.arn });
      expect(await other.takeBodies(1)).toEqual(['petals']);
    });

    test('dead letters of a FIFO queue keep group and order when they are moved', async (aws) => {
      const dead = await DeadLetters.create(aws, { fifo: true });
      const bodies = ['a 1', 'b 1', 'a 2', 'b 2', 'a 3'];
      const origin = await dead.from(bodies, (body) => ({
        MessageGroupId: body.slice(0, 1),
        MessageDeduplicationId: body.replace(' ', '-'),
      }));
      await dead.redrive();
      await dead.task('COMPLETED');
      const messages = await origin.take(5, (message) => message);
      for (const group of ['a', 'b']) {
        const ofGroup = (from: readonly (string | undefined)[]) => from.filter((b) => b?.startsWith(group));
        expect(ofGroup(messages.map((message) => message.Body))).toEqual(ofGroup(bodies));
      }
    });

    test('a FIFO dead letter has its message id as deduplication id', async (aws) => {
      const dead = await DeadLetters.create(aws, { fifo: true });
      await dead.from(['petals'], () => ({ MessageGroupId: 'group', MessageDeduplicationId: 'id-1' }));
      const letter = await dead.queue.next(all);
      expect(letter.Attributes).toMatchObject({
        MessageGroupId: 'group',
        MessageDeduplicationId: letter.MessageId,
      });
    });
  });
};
