import type { Message } from '@aws-sdk/client-sqs';
import type { IncomingMessage } from '../message.ts';

/** A message that this process holds: waiting its turn in its group, or being handled. */
export interface HeldMessage {
  readonly raw: Message;
  readonly handle: string;
  readonly incoming: IncomingMessage;
  readonly controller: AbortController;
  /** False once its fate is decided: a heartbeat must not overwrite its retry delay. */
  renew: boolean;
}

export function hold(raw: Message): HeldMessage {
  const sent = Number(raw.Attributes?.SentTimestamp);
  const groupId = raw.Attributes?.MessageGroupId;
  return {
    raw,
    handle: raw.ReceiptHandle ?? '',
    controller: new AbortController(),
    renew: true,
    incoming: {
      id: raw.MessageId ?? '',
      body: raw.Body ?? '',
      attributes: stringAttributes(raw),
      receiveCount: Number(raw.Attributes?.ApproximateReceiveCount ?? 1),
      ...(groupId === undefined ? {} : { groupId }),
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
