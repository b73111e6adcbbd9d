import type { Construct } from 'constructs';
import { exampleStack } from '../example-stack.ts';
import { SendToQueues } from './index.ts';

const usual = { jobSeconds: 30, maxReceiveCount: 5, lateAfterSeconds: 300 };

/** Five services hear of an order; two of them in the order of each customer. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'send-to-queues', 'One sender, five queues');
  new SendToQueues(stack, 'sent-orders', {
    queues: {
      billing: { ...usual, fifo: true },
      stock: { ...usual, fifo: true },
      mail: usual,
      search: usual,
      statistics: { ...usual, lateAfterSeconds: 3_600 },
    },
  });
}
