import { SQSClient } from '@aws-sdk/client-sqs';
import { PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import { createQueueLambda } from '@groundwork/messaging/lambda';
import { createLogger } from '@groundwork/service';
import { readOrder, type Order } from '../example-order.ts';

/** Has to be safe to repeat: a standard queue gives a message at least once, and now and then to two at a time. */
export type Work = (order: Order, signal: AbortSignal) => Promise<void>;

export const handle =
  (work: Work): MessageHandler =>
  async ({ body }, { signal }) => {
    const read = readOrder(body);
    if (!read.ok) throw new PermanentFailure(read.reason);
    await work(read.order, signal);
  };

function main(): ReturnType<typeof createQueueLambda> {
  const logger = createLogger({ service: 'orders', level: 'info' });
  // oxlint-disable-next-line node/no-process-env -- of a function of its own, this file is the main one
  const queueUrl = process.env['DEAD_LETTERS_URL'];
  if (queueUrl === undefined) throw new Error('DEAD_LETTERS_URL is not set: deploy again');
  const work: Work = async ({ id, total }) =>
    logger.info({ order: id, total }, 'here is what you do with it');
  return createQueueLambda(handle(work), { logger, deadLetters: { sqs: new SQSClient(), queueUrl } });
}

let lambda: ReturnType<typeof main> | undefined;

export const handler: ReturnType<typeof main> = (event, context) => {
  lambda ??= main();
  return lambda(event, context);
};
