import { sequenceNumber } from './fifo.ts';
import type { StoredMessage } from './messages.ts';
import { ACCOUNT } from './queues.ts';
import { encodeReceipt } from './receipt.ts';
import { md5, md5OfAttributes, type Attributes } from './message.ts';

/** A message as ReceiveMessage gives it, with only the attributes that were asked for. */
export function renderMessage(
  message: StoredMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
) {
  const attributes = chosen(JSON.parse(message.attributes) as Attributes, attributeNames);
  const system = systemAttributes(message, systemNames);
  const md5Attributes = md5OfAttributes(attributes);
  return {
    MessageId: message.message_id,
    ReceiptHandle: encodeReceipt(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(system).length === 0 ? {} : { Attributes: system }),
    ...(md5Attributes === undefined
      ? {}
      : { MessageAttributes: attributes, MD5OfMessageAttributes: md5Attributes }),
  };
}

/** `All`, `.*`, exact names, and prefixes such as `trace.*`. */
function chosen(attributes: Attributes, names: readonly string[]): Attributes {
  const wanted = (name: string): boolean =>
    names.some(
      (one) =>
        one === 'All' ||
        one === name ||
        (one.endsWith('.*') && name.startsWith(one.slice(0, -1))) ||
        one === '.*',
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

function systemAttributes(message: StoredMessage, names: readonly string[]): Record<string, string> {
  const all: Record<string, string | undefined> = {
    SenderId: ACCOUNT,
    SentTimestamp: String(message.sent),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.first_received),
    MessageGroupId: message.group_id ?? undefined,
    MessageDeduplicationId: message.dedup_id ?? undefined,
    SequenceNumber: message.dedup_id === null ? undefined : sequenceNumber(message.seq),
    DeadLetterQueueSourceArn: message.source_arn ?? undefined,
  };
  return Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (names.includes('All') || names.includes(entry[0])),
    ),
  );
}
