import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  /** Without `.fifo`, which is added where it belongs. */
  name: string;
  fifo?: boolean;
  /** The longest that one message takes, in seconds. */
  jobSeconds: number;
  maxReceiveCount: number;
  /** The oldest message that is no reason to wake anybody, in seconds. */
  lateAfterSeconds: number;
}

/** What AWS asks of Lambda's queues, and a good rule for others: a message that is worked on is not given to two. */
const VISIBILITY_FACTOR = 6;
const RETENTION = Duration.days(4);
/** The most there is. A dead letter's age counts from when it was first sent, so this has to be more than the above. */
const DEAD_LETTER_RETENTION = Duration.days(14);

/** A queue with its dead letters. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly lateAfterSeconds: number;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { name, fifo = false, jobSeconds, maxReceiveCount, lateAfterSeconds } = props;
    const suffix = fifo ? '.fifo' : '';
    const both = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...(fifo && { fifo }) };
    this.deadLetters = new Queue(this, 'dead-letters', {
      ...both,
      queueName: `${name}-dlq${suffix}`,
      retentionPeriod: DEAD_LETTER_RETENTION,
    });
    this.queue = new Queue(this, 'queue', {
      ...both,
      queueName: `${name}${suffix}`,
      // EventBridge gives no deduplication ids.
      ...(fifo && { contentBasedDeduplication: true }),
      retentionPeriod: RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * jobSeconds),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
    this.lateAfterSeconds = lateAfterSeconds;
  }
}
