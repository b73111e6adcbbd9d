import { FilterOrPolicy, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { exampleStack } from '../example-stack.ts';
import { FanOut } from './index.ts';

const usual = { jobSeconds: 30, maxReceiveCount: 5, lateAfterSeconds: 300 };

/** Everybody, one region, and what is large. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'fan-out', 'One topic, three queues');
  new FanOut(stack, 'announced-orders', {
    subscribers: {
      billing: usual,
      warehouse: {
        ...usual,
        filter: {
          by: 'attributes',
          policy: { region: SubscriptionFilter.stringFilter({ allowlist: ['eu'] }) },
        },
      },
      fraud: {
        ...usual,
        filter: {
          by: 'body',
          policy: {
            total: FilterOrPolicy.filter(SubscriptionFilter.numericFilter({ greaterThanOrEqualTo: 1_000 })),
          },
        },
      },
    },
  });
}
