import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, eventually, refusal, uniqueName } from './helpers.ts';
import { Queue } from './queues.ts';

const nameOf = (queue: Queue) => defined(queue.url.split('/').at(-1));

export const describeQueues: Suite = ({ test }) => {
  describe('SQS queues', () => {
    test('a queue is found by its name', async (aws) => {
      const queue = await Queue.create(aws);
      const found = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: nameOf(queue) }));
      expect(found.QueueUrl).toBe(queue.url);
      expect(queue.arn).toMatch(/^arn:aws:sqs:us-east-1:\d{12}:contract-/);
      expect(queue.arn.split(':').at(-1)).toBe(nameOf(queue));
    });

    test('queues are listed by prefix', async (aws) => {
      const prefix = uniqueName('listed');
      const urls: string[] = [];
      for (const name of [`${prefix}-a`, `${prefix}-b`]) {
        const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: name }));
        urls.push(defined(QueueUrl));
      }
      await Queue.create(aws);
      const listed = await aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
      expect(listed.QueueUrls?.toSorted()).toEqual(urls.toSorted());
    });

    test('queues are listed page by page', async (aws) => {
      const prefix = uniqueName('paged');
      for (const each of ['a', 'b', 'c']) {
        await aws.sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-${each}` }));
      }
      const page = (NextToken?: string) =>
        aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 2, NextToken }));
      const first = await page();
      const second = await page(defined(first.NextToken));
      expect(first.QueueUrls).toHaveLength(2);
      expect(new Set([...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])]).size).toBe(3);
      expect(second.NextToken).toBeUndefined();
    });

    test('creating a queue again gives the same queue', async (aws) => {
      const QueueName = uniqueName('twice');
      const create = () =>
        aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: '7' } }));
      expect((await create()).QueueUrl).toBe((await create()).QueueUrl);
    });

    test('creating a queue again with other attributes is refused', async (aws) => {
      const QueueName = uniqueName('twice');
      const create = (VisibilityTimeout: string) =>
        aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } }));
      await create('7');
      expect(await refusal(create('8'))).toMatchObject({ code: 'QueueNameExists', status: 400 });
    });

    test('attributes are set, kept and given back', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '7' });
      await aws.sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl: queue.url,
          Attributes: { MessageRetentionPeriod: '1209600', ReceiveMessageWaitTimeSeconds: '3' },
        }),
      );
      const { Attributes } = await aws.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
      );
      expect(Attributes).toMatchObject({
        QueueArn: queue.arn,
        VisibilityTimeout: '7',
        MessageRetentionPeriod: '1209600',
        ReceiveMessageWaitTimeSeconds: '3',
        DelaySeconds: '0',
      });
    });

    test('an attribute out of range is refused', async (aws) => {
      const created = Queue.create(aws, { VisibilityTimeout: '43201' });
      expect(await refusal(created)).toMatchObject({ code: 'InvalidAttributeValue', status: 400 });
    });

    test('a queue that does not exist is QueueDoesNotExist', async (aws) => {
      const QueueName = uniqueName('nowhere');
      const byName = aws.sqs.send(new GetQueueUrlCommand({ QueueName }));
      await expect(byName).rejects.toBeInstanceOf(QueueDoesNotExist);
      const queue = await Queue.create(aws);
      await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
      await eventually('the queue is gone', aws.patience, async () =>
        queue.send('x').then(
          () => undefined,
          (error: unknown) => {
            expect(error).toBeInstanceOf(QueueDoesNotExist);
            return true;
          },
        ),
      );
      await expect(queue.receive()).rejects.toBeInstanceOf(QueueDoesNotExist);
    });

    test('a purge empties a queue', async (aws) => {
      const queue = await Queue.create(aws);
      for (const body of ['one', 'two', 'three']) await queue.send(body);
      await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: queue.url }));
      await eventually('the queue is empty', aws.patience, async () => {
        const { Attributes } = await aws.sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: queue.url,
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        );
        return Attributes?.['ApproximateNumberOfMessages'] === '0' ? true : undefined;
      });
      expect(await queue.bodies()).toEqual([]);
    });
  });
};
