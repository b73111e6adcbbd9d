import type { Construct } from 'constructs';
import { exampleStack } from '../example-stack.ts';
import { TopicFunction } from './index.ts';

export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'topic-function', 'SNS and Lambda');
  new TopicFunction(stack, 'published-orders', {
    entry: new URL('handler.ts', import.meta.url),
    timeoutSeconds: 30,
  });
}
