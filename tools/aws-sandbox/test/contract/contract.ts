import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DataSyncClient } from '@aws-sdk/client-datasync';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownGaps } from './known-gaps.ts';
import { missing, startTarget, type Target, type TargetName } from './targets.ts';

/** What a test gets: clients for the target, and how long to wait for things that take a moment. */
export interface Aws {
  readonly endpoint: string;
  readonly patience: number;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly events: EventBridgeClient;
  readonly waf: WAFV2Client;
  readonly ec2: EC2Client;
  readonly cloudFront: CloudFrontClient;
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
  readonly dataSync: DataSyncClient;
  readonly autoScaling: AutoScalingClient;
}

export interface Contract {
  readonly target: TargetName;
  /** Declares a test; one whose title is a known gap of the target is expected to fail. */
  readonly test: (title: string, body: (aws: Aws) => Promise<void>) => void;
}

export type Suite = (contract: Contract) => void;

const silence = () => {};

function connect(endpoint: string): Omit<Aws, 'patience'> {
  const common = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // A retry would hide a fault of the target.
    maxAttempts: 1,
    // Refusals are what many tests are about: the SDK need not warn of them.
    logger: { trace: silence, debug: silence, info: silence, warn: silence, error: silence },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 25_000 },
  };
  return {
    endpoint,
    s3: new S3Client({ ...common, forcePathStyle: true }),
    // Otherwise requests go to the host named in the queue URL, which can be the real AWS.
    sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient(common),
    events: new EventBridgeClient(common),
    waf: new WAFV2Client(common),
    ec2: new EC2Client(common),
    cloudFront: new CloudFrontClient(common),
    batch: new BatchClient(common),
    logs: new CloudWatchLogsClient(common),
    dataSync: new DataSyncClient(common),
    autoScaling: new AutoScalingClient(common),
  };
}

/** Runs the whole contract against one target. */
export function runContract(name: TargetName, suites: readonly Suite[]): void {
  const reason = missing(name);
  // When the target is required, starting it fails with the same reason.
  const skipped = reason !== undefined && process.env['REQUIRE_SERVICES'] !== '1';
  if (skipped) console.warn(`skipped: the AWS contract on ${name}: ${reason}`);

  describe.skipIf(skipped)(`AWS contract on ${name}`, () => {
    let target: Target | undefined;
    let clients: Omit<Aws, 'patience'>;
    beforeAll(async () => {
      target = await startTarget(name);
      clients = connect(target.endpoint);
    });
    afterAll(async () => {
      if (target === undefined) return;
      const { endpoint: _, ...connected } = clients;
      for (const client of Object.values(connected)) client.destroy();
      await target.stop();
    });

    const gaps = knownGaps[name];
    const titles = new Set<string>();
    const test: Contract['test'] = (title, body) => {
      if (titles.has(title)) throw new Error(`two tests are called "${title}"`);
      titles.add(title);
      const isGap = Object.hasOwn(gaps, title);
      const declare = isGap ? it.fails : it;
      // Waiting long for what is known never to come would only cost time.
      declare(title, () => body({ ...clients, patience: isGap ? 1_500 : 10_000 }));
    };
    for (const suite of suites) suite({ target: name, test });

    it('has no known gap that is not a test', () => {
      expect(Object.keys(gaps).filter((title) => !titles.has(title))).toEqual([]);
    });
  });
}
