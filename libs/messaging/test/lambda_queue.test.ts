import { describe, expect, it } from 'vitest';
import { PermanentFailure, type IncomingMessage, type MessageHandler } from '../src/index.ts';
import { createQueueLambda, createTopicLambda } from '../src/lambda.ts';
import { useAws } from './helpers/aws.ts';
import { silent } from './helpers/consumers.ts';
import { context, failures, snsEvent, sqsRecord } from './helpers/lambda_events.ts';
import { createQueue, next } from './helpers/queues.ts';

const aws = useAws();

/** Fails for these ids, for good when they begin with `bad`. */
function failing(...ids: string[]): { handler: MessageHandler; handled: string[] } {
  const handled: string[] = [];
  const handler: MessageHandler = async ({ id }) => {
    handled.push(id);
    if (!ids.includes(id)) return;
    throw id.startsWith('bad') ? new PermanentFailure(`no ${id}`) : new Error(`busy ${id}`);
  };
  return { handler, handled };
}

describe('a queue function', () => {
  it('reports the messages that failed and no others', async () => {
    const { handler, handled } = failing('2', '3');
    const run = createQueueLambda(handler, { logger: silent });
    const Records = ['1', '2', '3', '4'].map((id) => sqsRecord(id));
    expect(await run({ Records }, context())).toEqual(failures('2', '3'));
    expect(handled).toEqual(['1', '2', '3', '4']);
    expect(await run({ Records: [sqsRecord('5')] }, context())).toEqual(failures());
  });

  it.each([false, true])('answers when all failed, instead of crashing (fifo: %s)', async (fifo) => {
    const run = createQueueLambda(failing('1', '2').handler, { logger: silent, fifo });
    const Records = ['1', '2'].map((id) => sqsRecord(id, { group: id }));
    expect(await run({ Records }, context())).toEqual(failures('1', '2'));
  });

  it('gives back a failed message of a FIFO queue with the rest of its group only', async () => {
    const { handler, handled } = failing('a2');
    const run = createQueueLambda(handler, { logger: silent, fifo: true });
    const Records = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3', 'a4'].map((id) =>
      sqsRecord(id, { group: id.charAt(0) }),
    );
    expect(await run({ Records }, context())).toEqual(failures('a2', 'a3', 'a4'));
    expect(handled).toEqual(['a1', 'b1', 'a2', 'b2', 'b3']);
  });

  it('shows the handler what a consumer would', async () => {
    const seen: IncomingMessage[] = [];
    const run = createQueueLambda(async (message) => void seen.push(message), { logger: silent });
    const attributes = { requestId: { dataType: 'String', stringValue: 'r-1' } };
    await run({ Records: [sqsRecord('1', { group: 'g', attributes, receiveCount: 3 })] }, context());
    expect(seen).toEqual([
      {
        id: '1',
        body: 'body of 1',
        attributes: { requestId: 'r-1' },
        receiveCount: 3,
        sentAt: new Date(1_700_000_000_000),
        senderId: 'sender',
        groupId: 'g',
        deduplicationId: 'id of 1',
      },
    ]);
  });

  it('tells the handler to stop shortly before its time is up', async () => {
    const run = createQueueLambda(
      (_message, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      { logger: silent },
    );
    expect(await run({ Records: [sqsRecord('1')] }, context(600))).toEqual(failures('1'));
  });
});

describe('a permanent failure in a queue function', () => {
  it('goes to the dead-letter queue with its attributes and counts as done', async () => {
    const { url } = await createQueue(aws);
    const deadLetters = { sqs: aws.sqs, queueUrl: url };
    const run = createQueueLambda(failing('bad').handler, { logger: silent, deadLetters });
    const attributes = {
      text: { dataType: 'String', stringValue: 't' },
      count: { dataType: 'Number', stringValue: '7' },
      bytes: { dataType: 'Binary', binaryValue: 'AAE=' },
    };
    const Records = [sqsRecord('bad', { attributes }), sqsRecord('good')];
    expect(await run({ Records }, context())).toEqual(failures());
    const dead = await next(aws, url);
    expect(dead.Body).toBe('body of bad');
    expect(dead.MessageAttributes).toEqual({
      text: { DataType: 'String', StringValue: 't' },
      count: { DataType: 'Number', StringValue: '7' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 1) },
      failureCode: { DataType: 'String', StringValue: 'permanent' },
      failureReason: { DataType: 'String', StringValue: 'no bad' },
    });
  });

  it('lets its FIFO group go on', async () => {
    const { url } = await createQueue(aws, { fifo: true });
    const { handler, handled } = failing('bad');
    const run = createQueueLambda(handler, {
      logger: silent,
      fifo: true,
      deadLetters: { sqs: aws.sqs, queueUrl: url },
    });
    const Records = ['1', 'bad', '3'].map((id) => sqsRecord(id, { group: 'g' }));
    expect(await run({ Records }, context())).toEqual(failures());
    expect(handled).toEqual(['1', 'bad', '3']);
    expect((await next(aws, url)).Attributes?.MessageGroupId).toBe('g');
  });

  it('is reported while the dead-letter queue cannot be reached, and without one', async () => {
    const { url } = await createQueue(aws);
    aws.faults.add({ kind: 'error', operation: 'sqs:SendMessage' });
    const deadLetters = { sqs: aws.sqs, queueUrl: url };
    for (const options of [{ logger: silent, deadLetters }, { logger: silent }]) {
      const run = createQueueLambda(failing('bad').handler, options);
      expect(await run({ Records: [sqsRecord('bad')] }, context())).toEqual(failures('bad'));
    }
  });
});

describe('a topic function', () => {
  it('handles the messages of the event and fails when one does', async () => {
    const seen: IncomingMessage[] = [];
    const run = createTopicLambda(
      async (message) => {
        seen.push(message);
        if (message.body === 'fails') throw new Error('busy');
      },
      { logger: silent },
    );
    await run(snsEvent(['one']), context());
    expect(seen).toEqual([
      {
        id: 'sns-0',
        body: 'one',
        attributes: { requestId: 'r-1' },
        receiveCount: 1,
        sentAt: new Date('2026-01-01T00:00:00.000Z'),
      },
    ]);
    await expect(run(snsEvent(['fails']), context())).rejects.toThrow('busy');
  });
});
