import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startSandbox, type Faults } from '@groundwork/aws-sandbox';
import { afterAll, afterEach, beforeAll } from 'vitest';

export interface Aws {
  sqs: SQSClient;
  sns: SNSClient;
  faults: Faults;
}

/** A sandbox of its own for the test file, without faults at the start of each test. */
export function useAws(): Aws {
  const aws = {} as Aws;
  let close: () => Promise<void>;
  let stateDir: string;
  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'messaging-'));
    const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir });
    const config = {
      endpoint: sandbox.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    aws.sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
    aws.sns = new SNSClient(config);
    aws.faults = sandbox.faults;
    close = () => sandbox.close();
  });
  afterEach(() => aws.faults.clear());
  afterAll(async () => {
    aws.sqs.destroy();
    aws.sns.destroy();
    await close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return aws;
}

/** Counts the calls of one operation, as the service sees them (retries of the SDK included). */
export function countCalls(aws: Aws, operation: string): () => number {
  const counter = aws.faults.add({ kind: 'latency', operation, latencyMs: 0 });
  return () => counter.struck;
}
