import type { Message } from '@aws-sdk/client-sqs';
import type { IncomingMessage } from '../message.ts';

/**
 * waiting (for its turn in its group) → running → deleting | returning. The last two
 * are decisions: nothing but their own outcome may change them.
 */
export type Phase = 'waiting' | 'running' | 'deleting' | 'returning';

/** A message that this process holds. */
export interface HeldMessage {
  readonly raw: Message;
  readonly handle: string;
  readonly incoming: IncomingMessage;
  /** Tells the handler to stop: its time is up, or the drain's. */
  readonly controller: AbortController;
  phase: Phase;
}

/** `fifo`: standard queues may have groups too (fair queues), but those are not ordered. */
export function hold(raw: Message, fifo: boolean): HeldMessage {
  const sent = Number(raw.Attributes?.SentTimestamp);
  const { SenderId: senderId, MessageDeduplicationId: deduplicationId } = raw.Attributes ?? {};
  const groupId = fifo ? raw.Attributes?.MessageGroupId : undefined;
  return {
    raw,
    handle: raw.ReceiptHandle ?? '',
    controller: new AbortController(),
    phase: 'waiting',
    incoming: {
      id: raw.MessageId ?? '',
      body: raw.Body ?? '',
      attributes: stringAttributes(raw),
      receiveCount: Number(raw.Attributes?.ApproximateReceiveCount ?? 1),
      ...(groupId === undefined ? {} : { groupId }),
      ...(deduplicationId === undefined ? {} : { deduplicationId }),
      ...(senderId === undefined ? {} : { senderId }),
      ...(Number.isFinite(sent) ? { sentAt: new Date(sent) } : {}),
    },
  };
}

function stringAttributes(raw: Message): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw.MessageAttributes ?? {}).flatMap(([name, value]) =>
      value.StringValue === undefined ? [] : [[name, value.StringValue]],
    ),
  );
}
