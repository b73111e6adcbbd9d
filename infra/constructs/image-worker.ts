import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, DockerImageCode, DockerImageFunction, LoggingFormat } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { IMAGE_SECONDS } from '../stacks/events.ts';
import { IMAGE_CONTEXT } from './image-context.ts';
import { removal, retention } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';
import type { WorkQueue } from './work-queue.ts';

/** MiB; a whole vCPU comes with 1,769 (AWS Lambda developer guide, "Configure function memory"). */
const MEMORY_MIB = 1_769;
/** At the same time, so that a burst leaves room for what else the account has in Lambda. */
const AT_ONCE = 20;

export interface ImageWorkerProps {
  /** What calls it. From a topic it is asynchronous: what fails thrice goes to the dead letters. */
  source: { queue: WorkQueue; fifo: boolean } | { topic: Topic; deadLetters: WorkQueue };
  handler: 'uploads' | 'uploadsFifo' | 'uploadsTopic' | 'deferred';
  environment: Record<string, string>;
  statements: readonly PolicyStatement[];
}

/** Thumbnailer's worker as a function: the same code, called by Lambda instead of polling. */
export class ImageWorker extends Construct {
  readonly function: DockerImageFunction;

  constructor(
    scope: PlatformStack,
    id: string,
    { source, handler, environment, statements }: ImageWorkerProps,
  ) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'logs', {
      logGroupName: `/groundwork/${scope.parameters.stage}/${id}`,
      retention: retention(scope.parameters),
      removalPolicy: removal(scope.parameters),
    });
    const role = new Role(this, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.function = new DockerImageFunction(this, 'function', {
      functionName: scope.name(id),
      code: DockerImageCode.fromImageAsset(IMAGE_CONTEXT.directory, {
        file: 'docker/lambda.Dockerfile',
        buildArgs: { APP: 'apps/thumbnailer' },
        platform: Platform.LINUX_ARM64,
        exclude: IMAGE_CONTEXT.exclude,
        cmd: [`lambda.${handler}`],
      }),
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MIB,
      timeout: Duration.seconds(IMAGE_SECONDS),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment,
      ...('topic' in source && {
        retryAttempts: 2,
        onFailure: new SqsDestination(source.deadLetters.deadLetters),
      }),
    });
    for (const statement of statements) this.function.addToRolePolicy(statement);
    if ('topic' in source) {
      source.topic.addSubscription(new LambdaSubscription(this.function));
      return;
    }
    this.function.addEventSource(
      new SqsEventSource(source.queue.queue, {
        // An image for each vCPU.
        batchSize: 1,
        reportBatchItemFailures: true,
        ...(!source.fifo && { maxConcurrency: AT_ONCE }),
      }),
    );
  }
}
