import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { LostMessages } from '../../constructs/lost-messages.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { queueAlarms } from '../../constructs/queue-alarms.ts';
import { WorkQueue, type WorkQueueProps } from '../../constructs/work-queue.ts';

/** Calls of SQS with their repetitions take a second at most, all but always. */
const TIMEOUT = Duration.seconds(30);
/** What a FIFO queue remembers: after that a repetition would be a second order. */
const DEDUPLICATION = Duration.minutes(5);

export interface SendToQueuesProps {
  /** By their names. */
  queues: Record<string, Omit<WorkQueueProps, 'name'>>;
  /** Who is told of alarms. */
  alarms?: ITopic;
}

/** A function that sends to several queues with the SDK: see README.md, also for when to take SNS. */
export class SendToQueues extends Construct {
  readonly sender: NodeFunction;
  readonly queues: Readonly<Record<string, WorkQueue>>;
  /** Events that did not get everywhere in three attempts, each with what was missing. */
  readonly unsent: LostMessages;

  constructor(scope: PlatformStack, id: string, { queues, alarms }: SendToQueuesProps) {
    super(scope, id);
    const named = Object.entries(queues).map(([name, props]): [string, WorkQueue] => [
      name,
      new WorkQueue(this, name, { ...props, name: scope.name(`${id}-${name}`) }),
    ]);
    for (const [name, queue] of named) queueAlarms(this, name, queue, { tell: alarms });
    this.queues = Object.fromEntries(named);
    this.unsent = new LostMessages(this, 'unsent', {
      name: scope.name(`${id}-unsent`),
      meaning: 'Orders that are in some queues and not in others: send them again, by the same ids',
      tell: alarms,
    });
    this.sender = new NodeFunction(this, 'sender', {
      entry: new URL('handler.ts', import.meta.url),
      timeout: TIMEOUT,
      environment: {
        QUEUES: scope.toJsonString(named.map(([name, { queue }]) => ({ name, url: queue.queueUrl }))),
      },
      retryAttempts: 2,
      maxEventAge: DEDUPLICATION,
      onFailure: new SqsDestination(this.unsent.queue),
      statements: [
        new PolicyStatement({
          actions: ['sqs:SendMessage'],
          resources: named.map(([, { queue }]) => queue.queueArn),
        }),
      ],
    });
  }
}
