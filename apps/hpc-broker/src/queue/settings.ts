import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

/** What arrives by message, and what is told that way. Without an address there is none of it. */
export const queueSettings = {
  INTAKE_QUEUE_URL: setting(z.url().optional(), {
    description:
      'SQS FIFO queue from which jobs and workflows are taken. While too many wait, each return counts as a receive: give it a maxReceiveCount of 1000, the most there is',
    example: 'https://sqs.eu-central-1.amazonaws.com/123456789012/hpc-jobs.fifo',
  }),
  EVENTS_TOPIC_ARN: setting(z.string().startsWith('arn:').optional(), {
    description: 'SNS topic to which everything that happens to jobs is published, FIFO or not',
    example: 'arn:aws:sns:eu-central-1:123456789012:hpc-events.fifo',
  }),
  QUEUE_CONCURRENCY: setting(integerSetting({ min: 1, max: 100 }).default(8), {
    description: 'Messages handled at the same time',
    example: '8',
  }),
  QUEUE_POLL_SECONDS: setting(integerSetting({ min: 1, max: 20 }).default(5), {
    description: 'How long one poll waits for a message, and so a drain for the poll, in seconds',
    example: '5',
  }),
};

export type QueueSettings = {
  [K in keyof typeof queueSettings]: z.output<(typeof queueSettings)[K]>;
};
