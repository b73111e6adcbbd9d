import { SQSClient } from '@aws-sdk/client-sqs';
import { PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import { createQueueLambda } from '@groundwork/messaging/lambda';
import { createLogger } from '@groundwork/service';
import { readOrder, type Order } from '../example-order.ts';

/** Is called for one order of a customer at a time, in the order in which they were sent; repeated after a failure. */
export type Work = (order: Order, signal: AbortSignal) => Promise<void>;

export const handle =
  (work: Work): MessageHandler =>
  async ({ body }, { signal }) => {
    const read = readOrder(body);
    // It leaves at once, and its group goes on: otherwise it would hold it up until it has no attempts left.
    if (!read.ok) throw new PermanentFailure(read.reason);
    await work(read.order, signal);
  };

function main(): ReturnType<typeof createQueueLambda> {
  const logger = createLogger({ service: 'orders', level: 'info' });
  // oxlint-disable-next-line node/no-process-env -- of a function of its own, this file is the main one
  const queueUrl = process.env['DEAD_LETTERS_URL'];
  if (queueUrl === undefined) throw new Error('DEAD_LETTERS_URL is not set: deploy again');
  const work: Work = async ({ id, customer }) =>
    logger.info({ order: id, customer }, 'here is what you do with it');
  const deadLetters = { sqs: new SQSClient(), queueUrl };
  return createQueueLambda(handle(work), { logger, fifo: true, deadLetters });
}

let lambda: ReturnType<typeof main> | undefined;

export const handler: ReturnType<typeof main> = (event, context) => {
  lambda ??= main();
  return lambda(event, context);
};
