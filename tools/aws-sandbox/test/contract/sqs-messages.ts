import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { defined, md5, refusal } from './helpers.ts';
import { Queue } from './queues.ts';

const mebibyte = 1_048_576;

/** The digest as the SQS developer guide defines it, so that nobody's code vouches for itself. */
function md5OfAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>): string {
  const hash = createHash('md5');
  const add = (data: string | Uint8Array) => {
    const bytes = Buffer.from(data);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).toSorted()) {
    const { DataType = '', StringValue, BinaryValue } = attributes[name] ?? {};
    add(name);
    add(DataType);
    hash.update(Buffer.of(BinaryValue === undefined ? 1 : 2));
    add(BinaryValue ?? StringValue ?? '');
  }
  return hash.digest('hex');
}

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

export const describeMessages: Suite = ({ test }) => {
  describe('SQS messages', () => {
    test('a message is sent, received and deleted', async (aws) => {
      const queue = await Queue.create(aws, { VisibilityTimeout: '1' });
      const body = 'þórr <&> "quoted"\n\ttab';
      const sent = await queue.send(body);
      expect(sent.MD5OfMessageBody).toBe(md5(body));
      const message = await queue.next();
      expect(message).toMatchObject({
        MessageId: sent.MessageId,
        Body: body,
        MD5OfBody: md5(body),
      });
      await queue.delete(message);
      // Longer than the visibility timeout: a message that was only hidden would come back.
      expect(await queue.bodies({ WaitTimeSeconds: 2 })).toEqual([]);
    });

    test('a message may have characters beyond U+FFFF', async (aws) => {
      const queue = await Queue.create(aws);
      await queue.send('🌺 𝄞');
      expect((await queue.next()).Body).toBe('🌺 𝄞');
    });

    test('an empty queue gives no messages', async (aws) => {
      expect(await (await Queue.create(aws)).receive()).toEqual([]);
    });

    test('attributes travel with the message, and their MD5 is right', async (aws) => {
      const queue = await Queue.create(aws);
      const MessageAttributes = {
        trace: { DataType: 'String', StringValue: 'abc-é' },
        count: { DataType: 'Number', StringValue: '42' },
        bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
        'kind.of': { DataType: 'String.url', StringValue: 'x' },
      };
      const sent = await queue.send('petals', { MessageAttributes });
      expect(sent.MD5OfMessageAttributes).toBe(md5OfAttributes(MessageAttributes));
      const message = await queue.next({ MessageAttributeNames: ['All'] });
      expect(message.MD5OfMessageAttributes).toBe(md5OfAttributes(MessageAttributes));
      expect(message.MessageAttributes).toMatchObject({
        trace: MessageAttributes.trace,
        count: MessageAttributes.count,
        'kind.of': MessageAttributes['kind.of'],
      });
      const bytes = defined(message.MessageAttributes?.['bytes']?.BinaryValue);
      expect([...bytes]).toEqual([0, 255, 7]);
    });

    test('only attributes that are asked for are given', async (aws) => {
      const queue = await Queue.create(aws);
      const MessageAttributes = { trace: text('abc'), other: text('x') };
      await queue.send('petals', { MessageAttributes });
      const message = await queue.next({ MessageAttributeNames: ['trace'] });
      expect(Object.keys(message.MessageAttributes ?? {})).toEqual(['trace']);
      expect(message.Attributes ?? {}).toEqual({});
    });

    test('more than ten messages cannot be asked for at once', async (aws) => {
      const queue = await Queue.create(aws);
      const received = queue.receive({ MaxNumberOfMessages: 11 });
      expect(await refusal(received)).toMatchObject({ status: 400 });
    });

    test('a message of 1 MiB is accepted', async (aws) => {
      const queue = await Queue.create(aws);
      const body = 'x'.repeat(mebibyte);
      await queue.send(body);
      expect((await queue.next()).Body?.length).toBe(mebibyte);
    });

    test('a message of more than 1 MiB is refused', async (aws) => {
      const queue = await Queue.create(aws, { MaximumMessageSize: String(mebibyte) });
      const sent = queue.send('x'.repeat(mebibyte + 1));
      expect(await refusal(sent)).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
    });
  });
};
