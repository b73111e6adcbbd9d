import { DeleteMessageBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { Queue } from './queues.ts';

const mebibyte = 1_048_576;

export const describeBatches: Suite = ({ test }) => {
  describe('SQS batches', () => {
    test('ten messages are sent in one batch and received in one', async (aws) => {
      const queue = await Queue.create(aws);
      const Entries = Array.from({ length: 10 }, (_, number) => ({
        Id: `id-${number}`,
        MessageBody: `body ${number}`,
      }));
      const sent = await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
      expect(sent.Successful?.map((each) => each.Id)).toEqual(Entries.map((each) => each.Id));
      expect(sent.Failed ?? []).toEqual([]);
      const bodies = await queue.takeBodies(10);
      expect(bodies.toSorted()).toEqual(Entries.map((each) => each.MessageBody));
    });

    test('a batch may fail in part, and says which entries did', async (aws) => {
      const queue = await Queue.create(aws);
      await queue.send('petals');
      const { ReceiptHandle } = await queue.next();
      const answer = await aws.sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queue.url,
          Entries: [
            { Id: 'good', ReceiptHandle },
            { Id: 'bad', ReceiptHandle: 'nonsense' },
          ],
        }),
      );
      expect(answer.Successful?.map((each) => each.Id)).toEqual(['good']);
      expect(answer.Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }]);
    });

    test('a batch of more than ten, of none, or with an Id twice is refused', async (aws) => {
      const queue = await Queue.create(aws);
      const send = (ids: readonly string[]) =>
        aws.sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: queue.url,
            Entries: ids.map((Id) => ({ Id, MessageBody: 'x' })),
          }),
        );
      const eleven = Array.from({ length: 11 }, (_, number) => `id-${number}`);
      const codes = [];
      for (const ids of [eleven, [], ['same', 'same']]) codes.push((await refusal(send(ids))).code);
      expect(codes).toEqual([
        'TooManyEntriesInBatchRequest',
        'EmptyBatchRequest',
        'BatchEntryIdsNotDistinct',
      ]);
      expect(await queue.bodies()).toEqual([]);
    });

    test('a batch of more than 1 MiB in all is refused', async (aws) => {
      const queue = await Queue.create(aws, { MaximumMessageSize: String(mebibyte) });
      const half = 'x'.repeat(mebibyte / 2 + 1);
      const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: half }));
      const sent = aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
      expect(await refusal(sent)).toMatchObject({ code: 'BatchRequestTooLong', status: 400 });
    });
  });
};
