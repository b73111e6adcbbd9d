import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic, type FilterOrPolicy, type ITopic, type SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { LostMessages } from '../../constructs/lost-messages.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { queueAlarms } from '../../constructs/queue-alarms.ts';
import { WorkQueue, type WorkQueueProps } from '../../constructs/work-queue.ts';

export interface Subscriber extends Omit<WorkQueueProps, 'name' | 'fifo'> {
  /** What it is told, by attributes of messages or by what is in their bodies, which have to be JSON then. Default: all. */
  filter?:
    | { by: 'attributes'; policy: Record<string, SubscriptionFilter> }
    | { by: 'body'; policy: Record<string, FilterOrPolicy> };
}

export interface FanOutProps {
  subscribers: Record<string, Subscriber>;
  /** Who is told of alarms. */
  alarms?: ITopic;
}

/** One topic, many queues, each with what it has asked for: see README.md. */
export class FanOut extends Construct {
  readonly topic: Topic;
  readonly queues: Readonly<Record<string, WorkQueue>>;
  /** Messages that SNS could not put into a queue. */
  readonly undelivered: LostMessages;

  constructor(scope: PlatformStack, id: string, { subscribers, alarms }: FanOutProps) {
    super(scope, id);
    this.topic = new Topic(this, 'topic', {
      topicName: scope.name(id),
      enforceSSL: true,
      // Services of AWS that publish (S3, CloudWatch) cannot with this key; they need one of yours.
      masterKey: Alias.fromAliasName(this, 'key', 'alias/aws/sns'),
    });
    this.undelivered = new LostMessages(this, 'undelivered', {
      name: scope.name(`${id}-undelivered`),
      meaning: 'SNS could not put messages into a queue: somebody has changed or deleted it, or its policy',
      tell: alarms,
    });
    const queues = Object.entries(subscribers).map(([name, { filter, ...props }]): [string, WorkQueue] => {
      const queue = new WorkQueue(this, name, { ...props, name: scope.name(`${id}-${name}`) });
      queueAlarms(this, name, queue, { tell: alarms });
      this.topic.addSubscription(
        new SqsSubscription(queue.queue, {
          // The message as it was published, and its attributes as attributes: no envelope, and no other size.
          rawMessageDelivery: true,
          deadLetterQueue: this.undelivered.queue,
          ...(filter?.by === 'attributes' && { filterPolicy: filter.policy }),
          ...(filter?.by === 'body' && { filterPolicyWithMessageBody: filter.policy }),
        }),
      );
      return [name, queue];
    });
    this.queues = Object.fromEntries(queues);
  }
}
