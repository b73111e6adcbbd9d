import type { Logger } from 'pino';

/** One message as a handler sees it, whatever brought it: SQS polling, Lambda, SNS. */
export interface IncomingMessage {
  id: string;
  body: string;
  /** String message attributes. */
  attributes: Readonly<Record<string, string>>;
  /** FIFO only. */
  groupId?: string;
  /** FIFO only: what the sender named it by, or the digest of its body. Known to SQS for five minutes. */
  deduplicationId?: string;
  /** Who sent it, as SQS says: the id of a user, or of a role and its session. */
  senderId?: string;
  /** 1 on first delivery. Approximate, as SQS says. */
  receiveCount: number;
  sentAt?: Date;
}

export interface HandlerContext {
  /** Aborts when the drain or the handler's own time limit runs out: stop and let it be redelivered. */
  signal: AbortSignal;
  log: Logger;
}

/**
 * Resolving acknowledges the message. Throwing PermanentFailure sends it to the
 * dead-letter queue at once; throwing anything else has it redelivered later.
 * Messages are hints and may come twice, late and in any order: be idempotent.
 */
export type MessageHandler = (message: IncomingMessage, context: HandlerContext) => Promise<void>;

/** No retry will help. `message` says why, to whoever looks into the dead-letter queue. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

/** The name of the message attribute that carries a request id across queues. */
export const REQUEST_ID_ATTRIBUTE = 'requestId';

/** Logs with the message's id, and the id of the request that caused it if it carries one. */
export function messageLogger(logger: Logger, message: IncomingMessage): Logger {
  const requestId = message.attributes[REQUEST_ID_ATTRIBUTE];
  return logger.child({ messageId: message.id, ...(requestId === undefined ? {} : { requestId }) });
}
