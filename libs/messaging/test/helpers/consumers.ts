import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach } from 'vitest';
import { Consumer, type ConsumerOptions } from '../../src/index.ts';
import type { Aws } from './aws.ts';

export const silent = pino({ level: 'silent' });

type Given = Pick<ConsumerOptions, 'queueUrl' | 'handler'> & Partial<ConsumerOptions>;

/** Starts consumers that are stopped after the test, whatever they hold. */
export function useConsumers(aws: Aws): (given: Given) => Promise<Consumer> {
  const running: Consumer[] = [];
  afterEach(async () => {
    aws.faults.clear();
    await Promise.all(running.splice(0).map((consumer) => consumer.stop(AbortSignal.abort())));
  });
  return async (given) => {
    const consumer = new Consumer({
      sqs: aws.sqs,
      concurrency: 10,
      pollSeconds: 1,
      logger: silent,
      registry: new Registry(),
      backoff: { baseSeconds: 1, capSeconds: 1 },
      ...given,
    });
    running.push(consumer);
    await consumer.start();
    return consumer;
  };
}

/** A promise and what settles it. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>();
