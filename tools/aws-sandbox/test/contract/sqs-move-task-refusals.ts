import { CancelMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { DeadLetters } from './dead-letters.ts';
import { refusal } from './helpers.ts';
import { Queue } from './queues.ts';

const invalid = { code: 'InvalidParameterValue', status: 400 };
const missing = { code: 'ResourceNotFoundException', status: 404 };

/** A handle in the form that AWS gives. */
function cancel(aws: Aws, sourceArn: string) {
  const handle = { taskId: '10f57157-fc38-4da9-a113-4de7e12d05dd', sourceArn };
  const TaskHandle = Buffer.from(JSON.stringify(handle)).toString('base64');
  return aws.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
}

export const describeMoveTaskRefusals: Suite = ({ test }) => {
  describe('SQS message move tasks that are refused', () => {
    test('only a dead-letter queue can be the source of a move', async (aws) => {
      const plain = await DeadLetters.create(aws);
      expect(await refusal(plain.redrive())).toMatchObject(invalid);
    });

    test('a source that does not exist is refused', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      const SourceArn = `${dead.queue.arn}-nowhere`;
      expect(await refusal(dead.redrive({ SourceArn }))).toMatchObject(missing);
    });

    test('a destination that does not exist is refused', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      const DestinationArn = `${dead.queue.arn}-nowhere`;
      expect(await refusal(dead.redrive({ DestinationArn }))).toMatchObject(missing);
    });

    test('a destination of the other type, or the source itself, is refused', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      const fifo = await Queue.createFifo(aws);
      for (const { arn } of [fifo, dead.queue]) {
        expect(await refusal(dead.redrive({ DestinationArn: arn }))).toMatchObject(invalid);
      }
    });

    test('a rate outside of 1 to 500 messages a second is refused', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      for (const MaxNumberOfMessagesPerSecond of [0, 501]) {
        expect(await refusal(dead.redrive({ MaxNumberOfMessagesPerSecond }))).toMatchObject(invalid);
      }
      expect(await dead.tasks()).toEqual([]);
    });

    test('fewer than one or more than ten tasks cannot be listed', async (aws) => {
      const { dead } = await DeadLetters.of(aws, []);
      for (const max of [0, 11]) expect(await refusal(dead.tasks(max))).toMatchObject(invalid);
    });

    test('a task handle nobody gave is refused', async (aws) => {
      const nonsense = aws.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'nonsense' }));
      expect(await refusal(nonsense)).toMatchObject(invalid);
    });

    test('a task or a queue that does not exist cannot be cancelled', async (aws) => {
      const { arn } = await Queue.create(aws);
      expect(await refusal(cancel(aws, arn))).toMatchObject(missing);
      expect(await refusal(cancel(aws, `${arn}-nowhere`))).toMatchObject(missing);
    });
  });
};
