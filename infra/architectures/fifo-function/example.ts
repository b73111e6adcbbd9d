import type { Construct } from 'constructs';
import { exampleStack } from '../example-stack.ts';
import { FifoFunction } from './index.ts';

export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'fifo-function', 'SQS FIFO and Lambda');
  new FifoFunction(stack, 'ordered-orders', {
    entry: new URL('handler.ts', import.meta.url),
    timeoutSeconds: 10,
    lateAfterSeconds: 300,
  });
}
