import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { NodeFunction } from '../../constructs/node-function.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { queueAlarms } from '../../constructs/queue-alarms.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';

/** Calls of the function by one event source; AWS has 2 as the least. */
const LEAST_AT_ONCE = 2;

export interface QueueFunctionProps {
  /** Exports `handler`, which reports what it could not do (ReportBatchItemFailures). */
  entry: URL;
  /** For a whole batch, one message after the other. The queue hides what is worked on for six times that. */
  timeoutSeconds: number;
  memoryMiB?: number;
  /** Messages of one call. Default: 10. */
  batchSize?: number;
  /** Calls at the same time, 2 at least: what the database behind it can take. */
  maxConcurrency: number;
  /** Attempts, before a message goes to the dead letters. Default: 5. */
  maxReceiveCount?: number;
  lateAfterSeconds: number;
  environment?: Record<string, string>;
  /** Who is told of alarms. */
  alarms?: ITopic;
}

/** SQS → Lambda: see README.md. */
export class QueueFunction extends Construct {
  readonly queue: WorkQueue;
  readonly function: NodeFunction;

  constructor(scope: PlatformStack, id: string, props: QueueFunctionProps) {
    super(scope, id);
    const { entry, timeoutSeconds, memoryMiB, batchSize = 10, maxConcurrency, maxReceiveCount = 5 } = props;
    if (maxConcurrency < LEAST_AT_ONCE) {
      throw new Error(
        `${id}: maxConcurrency ${maxConcurrency}: SQS calls at least ${LEAST_AT_ONCE} at a time; for one after the other take fifo-function`,
      );
    }
    this.queue = new WorkQueue(this, 'queue', {
      name: scope.name(id),
      jobSeconds: timeoutSeconds,
      maxReceiveCount,
      lateAfterSeconds: props.lateAfterSeconds,
    });
    queueAlarms(this, id, this.queue, { tell: props.alarms });
    this.function = new NodeFunction(this, 'function', {
      entry,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMiB,
      environment: { ...props.environment, DEAD_LETTERS_URL: this.queue.deadLetters.queueUrl },
      // What can never succeed goes there at once, with its reason.
      statements: [
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.deadLetters.queueArn] }),
      ],
    });
    this.function.addEventSource(
      new SqsEventSource(this.queue.queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
    );
  }
}
