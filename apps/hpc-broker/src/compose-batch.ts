import { readFileSync } from 'node:fs';
import { BatchClient as Sdk } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createAwsClient, type AwsSettings, type Component } from '@groundwork/service';
import { createBatchClient } from './adapters/batch/batch-client.ts';
import { createBatchEngine } from './adapters/batch/batch-engine.ts';
import { Rate } from './adapters/batch/rate.ts';
import { createEngineMarks } from './adapters/postgres/engine-marks.ts';
import type { BatchSettings } from './batch-settings.ts';
import { composeEngine, type EngineParts } from './compose-engine.ts';

/** Batch shows what has ended for a day; what it does not show for so long is given up. */
const VANISHED_MS = 300_000;
/** Everything but submissions: no quota is documented, and throttling would only slow us down. */
const OTHERS_PER_SECOND = 20;

/** AWS Batch, which one of the brokers keeps busy. What runs there goes on without any of them. */
export function composeBatch(
  config: BatchSettings,
  aws: AwsSettings,
  parts: EngineParts,
  programs: URL,
): Component[] {
  const { BATCH_QUEUE_ON_DEMAND: onDemand, BATCH_NAME: name } = config;
  if (onDemand === undefined) return [];
  // A submission that the SDK repeats by itself would be a second job.
  const sdk = createAwsClient(Sdk, { ...aws, maxAttempts: 1 });
  const client = createBatchClient(sdk, {
    submits: new Rate(config.BATCH_SUBMITS_PER_SECOND),
    others: new Rate(OTHERS_PER_SECOND),
  });
  const engine = createBatchEngine({
    name,
    client: parts.around('batch', client),
    logs: createAwsClient(CloudWatchLogsClient, aws),
    marks: createEngineMarks(parts.db, name),
    jobs: {
      queues: { onDemand, spot: config.BATCH_QUEUE_SPOT, multiNode: config.BATCH_QUEUE_MULTI_NODE },
      wrapper: readFileSync(new URL('attempt.sh', programs), 'utf8'),
      image: config.BATCH_IMAGE,
      jobRole: config.BATCH_JOB_ROLE,
      executionRole: config.BATCH_EXECUTION_ROLE,
      vcpusPerCore: config.BATCH_VCPUS_PER_CORE,
    },
    mostCores: config.BATCH_CORES,
    pollMs: config.BATCH_POLL_SECONDS * 1_000,
    quietMs: config.BATCH_QUIET_SECONDS * 1_000,
    logger: parts.logger,
  });
  return composeEngine(parts, {
    engine,
    pool: name,
    host: `AWS Batch in ${aws.region}`,
    offer: () => ({ ...engine.offer(), needsImage: config.BATCH_IMAGE === undefined, stages: false }),
    orphanSeconds: 0,
    vanishedMs: VANISHED_MS,
    began: () => engine.start(),
    ended: () => engine.stop(),
  });
}
