import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, it } from 'vitest';
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
}

export interface Contract {
  readonly target: TargetName;
  /** Declares a test; one whose title is a known gap of the target is expected to fail. */
  test(title: string, body: (aws: Aws) => Promise<void>): void;
}

export type Suite = (contract: Contract) => void;

function connect(endpoint: string): Omit<Aws, 'patience'> {
  const common = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // A retry would hide a fault of the target.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 25_000 },
  };
  return {
    endpoint,
    s3: new S3Client({ ...common, forcePathStyle: true }),
    // Otherwise requests go to the host named in the queue URL, which can be the real AWS.
    sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient(common),
    events: new EventBridgeClient(common),
  };
}

/** Runs the whole contract against one target. */
export function runContract(name: TargetName, suites: readonly Suite[]): void {
  const reason = missing(name);
  if (reason !== undefined) {
    if (process.env['REQUIRE_SERVICES'] === '1') {
      it(`${name} is available`, () => {
        throw new Error(reason);
      });
      return;
    }
    console.warn(`skipped: the AWS contract on ${name}: ${reason}`);
    it.skip(`the AWS contract on ${name} (${reason})`);
    return;
  }

  describe(`AWS contract on ${name}`, () => {
    let target: Target;
    let clients: Omit<Aws, 'patience'>;
    beforeAll(async () => {
      target = await startTarget(name);
      clients = connect(target.endpoint);
    });
    afterAll(async () => {
      for (const client of [clients.s3, clients.sqs, clients.sns, clients.events]) client.destroy();
      await target.stop();
    });

    const gaps = knownGaps[name];
    const titles = new Set<string>();
    const contract: Contract = {
      target: name,
      test(title, body) {
        if (titles.has(title)) throw new Error(`two tests are called "${title}"`);
        titles.add(title);
        const isGap = Object.hasOwn(gaps, title);
        // Waiting long for what is known never to come would only cost time.
        const run = () => body({ ...clients, patience: isGap ? 1_500 : 10_000 });
        if (isGap) it.fails(title, run);
        else it(title, run);
      },
    };
    for (const suite of suites) suite(contract);

    it('names only tests that exist in its list of known gaps', () => {
      const stale = Object.keys(gaps).filter((title) => !titles.has(title));
      if (stale.length > 0) throw new Error(`no such test: ${stale.join('; ')}`);
    });
  });
}
