import { SQSClient } from '@aws-sdk/client-sqs';
import { createQueuePublisher, jsonBody, type OutgoingMessage } from '@groundwork/messaging';
import { z } from 'zod';
import { Order } from '../example-order.ts';

export interface Destination {
  name: string;
  url: string;
}

/** An order that is not in each queue. What was reached stays reached: SQS takes nothing back. */
export interface Gap {
  order: string;
  missed: { queue: string; reason: string }[];
}

export class NotEverywhere extends Error {
  override readonly name = 'NotEverywhere';
  readonly gaps: readonly Gap[];

  constructor(gaps: readonly Gap[]) {
    const said = gaps.map(
      ({ order, missed }) =>
        `${order} not in ${missed.map(({ queue, reason }) => `${queue} (${reason})`).join(', ')}`,
    );
    super(`Send the same again, by the same ids: ${said.join('; ')}`);
    this.gaps = gaps;
  }
}

/**
 * Sends orders to several queues, each of which takes or refuses them by itself. All are tried, whichever fails; entries
 * of a batch that SQS refuses for reasons of its own are repeated, and calls that get no answer as well. Rejects with
 * what is then still missing. Send the same orders again until it resolves: a FIFO queue drops what it had within the
 * last five minutes, and consumers of other queues know it by the attribute `orderId`.
 */
export function createSender(sqs: SQSClient, destinations: readonly Destination[]) {
  const queues = destinations.map(({ name, url }) => ({
    name,
    isFifo: url.endsWith('.fifo'),
    publisher: createQueuePublisher(sqs, url),
  }));
  return async (orders: readonly Order[]): Promise<void> => {
    const gaps = await Promise.all(
      orders.map(async (order): Promise<Gap> => {
        const missed = await Promise.all(
          queues.map(({ name, isFifo, publisher }) =>
            publisher.publish(messageOf(order, isFifo)).then(
              () => [],
              (error: Error) => [{ queue: name, reason: error.message }],
            ),
          ),
        );
        return { order: order.id, missed: missed.flat() };
      }),
    );
    const open = gaps.filter(({ missed }) => missed.length > 0);
    if (open.length > 0) throw new NotEverywhere(open);
  };
}

/** The same order is the same message, byte for byte, whenever it is sent. */
function messageOf(order: Order, isFifo: boolean): OutgoingMessage {
  return {
    body: jsonBody(order),
    attributes: { orderId: order.id, region: order.region },
    // One customer's orders one after the other, and those of others beside them.
    ...(isFifo && { groupId: order.customer, deduplicationId: order.id }),
  };
}

const Event = z.object({ orders: z.array(Order) });

let send: ReturnType<typeof createSender> | undefined;

/** Called asynchronously: when it rejects, Lambda calls it again, twice, with the same event. */
export const handler = async (event: unknown): Promise<void> => {
  const { orders } = Event.parse(event);
  // oxlint-disable-next-line node/no-process-env -- of a function of its own, this file is the main one
  send ??= createSender(new SQSClient(), JSON.parse(process.env['QUEUES'] ?? '[]') as Destination[]);
  await send(orders);
};
