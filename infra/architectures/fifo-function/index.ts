import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { NodeFunction } from '../../constructs/node-function.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { queueAlarms } from '../../constructs/queue-alarms.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';

export interface FifoFunctionProps {
  /** Exports `handler`, which reports the first failure of a group and all of the group after it. */
  entry: URL;
  /**
   * For a whole batch. The queue hides what is worked on for six times that, and for as long a group waits after a
   * failure: so not more than it takes.
   */
  timeoutSeconds: number;
  memoryMiB?: number;
  /** Messages of one call, of one group or of several. Default: 10, which is the most. */
  batchSize?: number;
  /** Groups that are worked on at the same time, 2 at least. Default: as many as there are. */
  maxConcurrency?: number;
  /** Attempts, before a message goes to the dead letters and its group goes on without it. Default: 3. */
  maxReceiveCount?: number;
  lateAfterSeconds: number;
  environment?: Record<string, string>;
  /** Who is told of alarms. */
  alarms?: ITopic;
}

/** SQS FIFO → Lambda: see README.md. */
export class FifoFunction extends Construct {
  readonly queue: WorkQueue;
  readonly function: NodeFunction;

  constructor(scope: PlatformStack, id: string, props: FifoFunctionProps) {
    super(scope, id);
    const { entry, timeoutSeconds, memoryMiB, batchSize = 10, maxConcurrency, maxReceiveCount = 3 } = props;
    this.queue = new WorkQueue(this, 'queue', {
      name: scope.name(id),
      fifo: true,
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
