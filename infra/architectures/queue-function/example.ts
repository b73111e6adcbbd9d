import type { Construct } from 'constructs';
import { exampleStack } from '../example-stack.ts';
import { QueueFunction } from './index.ts';

export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'queue-function', 'SQS and Lambda');
  new QueueFunction(stack, 'queued-orders', {
    entry: new URL('handler.ts', import.meta.url),
    timeoutSeconds: 30,
    maxConcurrency: 10,
    lateAfterSeconds: 300,
  });
}
