import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { deadLetterAlarm } from './queue-alarms.ts';

/** What could not be given to anybody, for as long as SQS keeps anything, and an alarm as soon as there is some. */
export class LostMessages extends Construct {
  readonly queue: Queue;

  constructor(
    scope: Construct,
    id: string,
    { name, meaning, tell }: { name: string; meaning: string; tell?: ITopic | undefined },
  ) {
    super(scope, id);
    this.queue = new Queue(this, 'queue', {
      queueName: name,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      this.queue,
      'AwsSolutions-SQS3',
      'it is a queue of dead letters, of something that is no queue',
    );
    deadLetterAlarm(this, 'alarm', { queue: this.queue, meaning, tell });
  }
}
