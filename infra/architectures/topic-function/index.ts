import { Duration } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { LostMessages } from '../../constructs/lost-messages.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';

export interface TopicFunctionProps {
  /** Exports `handler`, which throws when it has failed. */
  entry: URL;
  timeoutSeconds: number;
  memoryMiB?: number;
  /** How long Lambda tries, also while it has no room for calls. AWS: 60 s to 6 h. Default: 1 h. */
  triesForMinutes?: number;
  environment?: Record<string, string>;
  /** Who is told of alarms. */
  alarms?: ITopic;
}

/** SNS → Lambda, asynchronously: see README.md. */
export class TopicFunction extends Construct {
  readonly topic: Topic;
  readonly function: NodeFunction;
  /** What the function could not do: the whole call, and what it came to. */
  readonly failed: LostMessages;
  /** What SNS could not hand over to Lambda: the message. */
  readonly undelivered: LostMessages;

  constructor(scope: PlatformStack, id: string, props: TopicFunctionProps) {
    super(scope, id);
    const { entry, timeoutSeconds, memoryMiB, triesForMinutes = 60, environment = {}, alarms } = props;
    this.topic = new Topic(this, 'topic', {
      topicName: scope.name(id),
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'key', 'alias/aws/sns'),
    });
    this.failed = new LostMessages(this, 'failed', {
      name: scope.name(`${id}-failed`),
      meaning: 'Calls of the function that failed thrice, or were not made in time: each says why',
      tell: alarms,
    });
    this.undelivered = new LostMessages(this, 'undelivered', {
      name: scope.name(`${id}-undelivered`),
      meaning: 'SNS could not call the function: somebody has deleted it, or taken away its permission',
      tell: alarms,
    });
    this.function = new NodeFunction(this, 'function', {
      entry,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMiB,
      environment,
      // After a minute, and after two more.
      retryAttempts: 2,
      maxEventAge: Duration.minutes(triesForMinutes),
      onFailure: new SqsDestination(this.failed.queue),
    });
    this.topic.addSubscription(
      new LambdaSubscription(this.function, { deadLetterQueue: this.undelivered.queue }),
    );
  }
}
