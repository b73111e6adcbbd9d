import { CancelMessageMoveTaskCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { DeadLetters } from './dead-letters.ts';
import { eventually, refusal } from './helpers.ts';
import { Queue } from './queues.ts';

const cancel = (aws: Aws, TaskHandle: string) =>
  aws.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));

export const describeMoveTaskControl: Suite = ({ test }) => {
  describe('SQS message move tasks under way', () => {
    test('a task moves no more messages a second than it may', async (aws) => {
      const { dead, origin } = await DeadLetters.of(aws, ['one', 'two', 'three']);
      const started = Date.now();
      const handle = await dead.redrive({ MaxNumberOfMessagesPerSecond: 2 });
      expect(await dead.tasks()).toMatchObject([
        { Status: 'RUNNING', TaskHandle: handle, MaxNumberOfMessagesPerSecond: 2 },
      ]);
      await origin.takeBodies(3);
      // The first at once, then one every 500 ms.
      expect(Date.now() - started).toBeGreaterThan(900);
    });

    test('only one task runs per dead-letter queue', async (aws) => {
      const { dead } = await DeadLetters.of(aws, ['one', 'two', 'three']);
      const handle = await dead.redrive({ MaxNumberOfMessagesPerSecond: 1 });
      expect(await refusal(dead.redrive())).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
      await cancel(aws, handle);
      await dead.task('CANCELLED');
      await dead.redrive();
      await dead.task('COMPLETED');
    });

    test('a cancelled task leaves the rest where it is, and what it moved too', async (aws) => {
      const { dead, origin } = await DeadLetters.of(aws, ['one', 'two', 'three']);
      const handle = await dead.redrive({ MaxNumberOfMessagesPerSecond: 1 });
      const moved = await origin.takeBodies(1);
      expect((await cancel(aws, handle)).ApproximateNumberOfMessagesMoved).toBeLessThan(3);
      const task = await dead.task('CANCELLED');
      expect(task).toMatchObject({ ApproximateNumberOfMessagesToMove: 3 });
      expect(task).not.toHaveProperty('TaskHandle');
      expect(await dead.queue.count()).toBe(3 - (task.ApproximateNumberOfMessagesMoved ?? 0));
      expect(moved).toHaveLength(1);
    });

    test('a task that has ended cannot be cancelled', async (aws) => {
      const { dead } = await DeadLetters.of(aws, ['petals']);
      const handle = await dead.redrive();
      await dead.task('COMPLETED');
      expect(await refusal(cancel(aws, handle))).toMatchObject({ code: 'UnsupportedOperation', status: 400 });
    });

    test('a task fails when its destination goes away', async (aws) => {
      const { dead } = await DeadLetters.of(aws, ['one', 'two', 'three']);
      const other = await Queue.create(aws);
      await dead.redrive({ DestinationArn: other.arn, MaxNumberOfMessagesPerSecond: 1 });
      await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: other.url }));
      expect(await dead.task('FAILED')).toMatchObject({
        FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
      });
      expect(await dead.queue.count()).toBeGreaterThan(0);
    });

    test('tasks are listed newest first, one unless more are asked for', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      expect(await dead.tasks()).toEqual([]);
      for (const MaxNumberOfMessagesPerSecond of [1, 2, 3]) {
        await dead.redrive({ MaxNumberOfMessagesPerSecond });
        await eventually('the task is over', aws.patience, async () => {
          const [task] = await dead.tasks();
          return task?.Status === 'RUNNING' ? undefined : task;
        });
      }
      const rates = async (max?: number) =>
        (await dead.tasks(max)).map((task) => task.MaxNumberOfMessagesPerSecond);
      expect([await rates(), await rates(2), await rates(10)]).toEqual([[3], [3, 2], [3, 2, 1]]);
    });
  });
};
