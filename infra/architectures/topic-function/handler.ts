import { createTopicLambda } from '@groundwork/messaging/lambda';
import type { MessageHandler } from '@groundwork/messaging';
import { createLogger } from '@groundwork/service';
import { readOrder, type Order } from '../example-order.ts';

/** Has to be safe to repeat: SNS may call twice, and Lambda calls thrice what fails. */
export type Work = (order: Order, signal: AbortSignal) => Promise<void>;

/** Throws also for what is no order: it is tried thrice for nothing, and then kept with its reason. */
export const handle =
  (work: Work): MessageHandler =>
  async ({ body }, { signal }) => {
    const read = readOrder(body);
    if (!read.ok) throw new Error(read.reason);
    await work(read.order, signal);
  };

function main(): ReturnType<typeof createTopicLambda> {
  const logger = createLogger({ service: 'orders', level: 'info' });
  const work: Work = async ({ id, total }) =>
    logger.info({ order: id, total }, 'here is what you do with it');
  return createTopicLambda(handle(work), { logger });
}

let lambda: ReturnType<typeof main> | undefined;

export const handler: ReturnType<typeof main> = (event, context) => {
  lambda ??= main();
  return lambda(event, context);
};
