import { Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { CfnBucket, HttpMethods, type Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { letLogsIn, logsBucketName } from '../constructs/log-delivery.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { bucketName, privateBucket } from '../constructs/private-bucket.ts';
import { WorkQueue } from '../constructs/work-queue.ts';
import type { Parameters } from '../parameters.ts';

/** MAX_RENDER_SECONDS of thumbnailer. */
export const RENDER_SECONDS = 60;
/** With what it takes to fetch an original and to store what was made of it. */
export const IMAGE_SECONDS = RENDER_SECONDS + 30;

/** Buckets, queues and topics: what happens, and who is told. */
export class Events extends PlatformStack {
  /** Access logs of the ALB, the web ACL (whose buckets have to be called so), CloudFront and the other buckets. */
  readonly logs: Bucket;
  readonly uploads: Bucket;
  readonly thumbnails: Bucket;
  /** Files of a website, under static/. */
  readonly website: Bucket;
  /** Files that settings name: targets, feeds, presets, resources. */
  readonly config: Bucket;
  readonly queues: {
    /** Where SNS calls Lambda itself, only its dead letters are used. */
    uploads: WorkQueue;
    deferred: WorkQueue;
    intake: WorkQueue;
    findings: WorkQueue;
    accessLogs: WorkQueue;
    jobs: WorkQueue;
  };
  readonly topics: { uploads: Topic; thumbnails: Topic; blocklist: Topic; jobs: Topic };

  constructor(scope: Construct, parameters: Parameters) {
    super(scope, 'events', { parameters, description: 'Buckets, queues and topics' });
    const { uploads } = parameters;
    if (uploads.events === 'topic' && uploads.worker === 'service') {
      throw new Error(
        `${parameters.stage}: uploads.events topic is for uploads.worker lambda, which SNS can call; a service needs a queue: take fan-out`,
      );
    }
    this.logs = privateBucket(this, 'logs', {
      bucketName: logsBucketName(this),
      lifecycleRules: [{ expiration: Duration.days(parameters.logRetentionDays) }],
    });
    acknowledge(
      this.logs,
      'AwsSolutions-S1',
      'it is where access logs go: its own would be a log of logging',
    );
    letLogsIn(this, this.logs);
    const accessLogs = this.logs;
    this.uploads = privateBucket(this, 'uploads', {
      accessLogs,
      versioned: uploads.versioned,
      // Browsers send what POST /v1/uploads has signed. Which page they are on is the application's to know.
      cors: [
        { allowedMethods: [HttpMethods.PUT], allowedOrigins: ['*'], allowedHeaders: ['*'], maxAge: 3_600 },
      ],
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...(uploads.versioned ? [{ noncurrentVersionExpiration: Duration.days(30) }] : []),
      ],
    });
    this.thumbnails = privateBucket(this, 'thumbnails', {
      accessLogs,
      lifecycleRules: [{ prefix: 'sweeps/', expiration: Duration.days(30) }],
    });
    this.config = privateBucket(this, 'config', { accessLogs, versioned: true });
    this.website = privateBucket(this, 'website', { accessLogs, versioned: true });
    this.#letCloudFrontRead(this.thumbnails, 'derivatives/*');
    this.#letCloudFrontRead(this.website, 'static/*');

    const queue = (name: string, props: Omit<ConstructorParameters<typeof WorkQueue>[2], 'name'>) =>
      new WorkQueue(this, name, { name: this.name(name), ...props });
    this.queues = {
      uploads: queue('thumbnailer-uploads', {
        fifo: uploads.events === 'fifo',
        jobSeconds: IMAGE_SECONDS,
        maxReceiveCount: 5,
        lateAfterSeconds: 300,
      }),
      deferred: queue('thumbnailer-deferred', {
        jobSeconds: IMAGE_SECONDS,
        maxReceiveCount: 5,
        lateAfterSeconds: 3_600,
      }),
      intake: queue('blocklist-intake', {
        fifo: true,
        jobSeconds: 10,
        maxReceiveCount: 10,
        lateAfterSeconds: 60,
      }),
      findings: queue('blocklist-findings', { jobSeconds: 10, maxReceiveCount: 5, lateAfterSeconds: 300 }),
      accessLogs: queue('blocklist-logs', { jobSeconds: 50, maxReceiveCount: 5, lateAfterSeconds: 900 }),
      // While too many jobs wait, each return counts as a receive.
      jobs: queue('hpc-jobs', { fifo: true, jobSeconds: 10, maxReceiveCount: 1_000, lateAfterSeconds: 900 }),
    };
    this.topics = {
      uploads: this.#topic('uploads-events', false),
      thumbnails: this.#topic('thumbnails-events', true),
      blocklist: this.#topic('blocklist-changes', true),
      jobs: this.#topic('hpc-events', true),
    };
    this.#tellOfUploads(uploads.events);
    if (parameters.logRules !== undefined) this.#tellOfLogs();
    new Rule(this, 'findings', {
      description: 'GuardDuty findings, for ip-blocklist',
      eventPattern: { source: ['aws.guardduty'], detailType: ['GuardDuty Finding'] },
      targets: [new SqsQueue(this.queues.findings.queue)],
    });
  }

  #topic(name: string, encrypted: boolean): Topic {
    const topic = new Topic(this, name, {
      topicName: this.name(name),
      enforceSSL: true,
      ...(encrypted && { masterKey: Alias.fromAliasName(this, `${name}-key`, 'alias/aws/sns') }),
    });
    if (!encrypted) {
      acknowledge(
        topic,
        'AwsSolutions-SNS2',
        'S3 cannot publish with the key of AWS; it is told names of objects, and SQS encrypts them at rest',
      );
    }
    return topic;
  }

  /** Access of the distributions of this account: its own id is known only when this is long there. */
  #letCloudFrontRead(bucket: Bucket, keys: string): void {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [bucket.arnForObjects(keys)],
        conditions: {
          ArnLike: { 'aws:SourceArn': `arn:${this.partition}:cloudfront::${this.account}:distribution/*` },
        },
      }),
    );
  }

  /** S3 cannot send to a FIFO topic or queue, so the order comes by EventBridge, in one group. */
  #tellOfUploads(events: Parameters['uploads']['events']): void {
    const bucket = this.uploads.node.defaultChild as CfnBucket;
    if (events === 'fifo') {
      bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      new Rule(this, 'uploads-rule', {
        description: 'What is uploaded and removed, in order',
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created', 'Object Deleted'],
          detail: { bucket: { name: [this.uploads.bucketName] } },
        },
        targets: [new SqsQueue(this.queues.uploads.queue, { messageGroupId: 'uploads' })],
      });
      return;
    }
    const { uploads: topic } = this.topics;
    this.#letS3(topic, 'sns:Publish', topic.topicArn, 'uploads');
    bucket.notificationConfiguration = {
      topicConfigurations: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'].map((event) => ({
        event,
        topic: topic.topicArn,
      })),
    };
    bucket.node.addDependency(topic);
    if (events === 'fan-out') {
      topic.addSubscription(new SqsSubscription(this.queues.uploads.queue, { rawMessageDelivery: true }));
    }
  }

  #tellOfLogs(): void {
    const { queue } = this.queues.accessLogs;
    this.#letS3(queue, 'sqs:SendMessage', queue.queueArn, 'logs');
    const bucket = this.logs.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: ['AWSLogs/'].map((prefix) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
    bucket.node.addDependency(queue);
  }

  /** S3 tries when a bucket is told to send, so the bucket has to be called by name here, and made afterwards. */
  #letS3(
    to: { addToResourcePolicy(statement: PolicyStatement): unknown },
    action: string,
    resource: string,
    which: 'uploads' | 'logs',
  ): void {
    const name = which === 'logs' ? logsBucketName(this) : bucketName(this, which);
    to.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: [action],
        resources: [resource],
        conditions: {
          ArnLike: { 'aws:SourceArn': `arn:${Stack.of(this).partition}:s3:::${name}` },
          StringEquals: { 'aws:SourceAccount': this.account },
        },
      }),
    );
  }
}
