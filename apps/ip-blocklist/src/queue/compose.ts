import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createLeader } from '@groundwork/database';
import { Consumer, createTopicPublisher, type MessageHandler } from '@groundwork/messaging';
import {
  createAwsClient,
  type AwsSettings,
  type Component,
  type Logger,
  type Registry,
} from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createPostgresPublications } from '../adapters/intake/postgres-publications.ts';
import { createS3Logs } from '../adapters/intake/s3-logs.ts';
import type { Tables } from '../adapters/tables.ts';
import type { LogRule } from '../domain/access-logs/rule-file.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { Entries } from '../ports/entries.ts';
import type { TakenLogs } from '../ports/logs.ts';
import { keepPublishing } from '../publishing.ts';
import { createAccessLogHandler } from './access-logs.ts';
import { createFindingHandler } from './findings.ts';
import { createIntakeHandler } from './intake.ts';
import type { QueueSettings } from './settings.ts';

export interface QueueParts {
  config: Partial<QueueSettings>;
  aws: AwsSettings;
  db: Kysely<Tables>;
  entries: Entries;
  taken: TakenLogs;
  logRules: readonly LogRule[];
  protectedRanges: () => readonly ProtectedRange[];
  /** Rejects as long as it is not known what must stay reachable: until then nothing is taken. */
  checkProtected: () => Promise<void>;
  ttlSeconds: number;
  registry: Registry;
  logger: Logger;
}

/** What arrives by message, and what is told that way. */
export function composeQueues(parts: QueueParts): {
  components: Component[];
  readiness: Record<string, () => Promise<void>>;
} {
  const { config, aws, entries, protectedRanges, taken, logRules } = parts;
  const sqs = createAwsClient(SQSClient, aws);
  const consumers: [string, Consumer][] = [];
  const consume = (name: string, queueUrl: string | undefined, handler: () => MessageHandler): void => {
    if (queueUrl === undefined) return;
    consumers.push([name, consumerOf(parts, sqs, queueUrl, handler())]);
  };
  consume('intake', config.INTAKE_QUEUE_URL, () => createIntakeHandler({ entries, protectedRanges }));
  consume('findings', config.FINDINGS_QUEUE_URL, () => {
    const { FINDINGS_MIN_SEVERITY: minSeverity = 4, FINDINGS_TTL_SECONDS: ttlSeconds = 86_400 } = config;
    return createFindingHandler({ entries, protectedRanges, rules: { minSeverity, ttlSeconds } });
  });
  consume('logs', config.LOGS_QUEUE_URL, () => {
    const logs = createS3Logs(createAwsClient(S3Client, aws));
    return createAccessLogHandler({ logs, taken, rules: logRules, protectedRanges });
  });
  return {
    components: [...consumers.map(([, consumer]) => consumer), ...publishing(parts)],
    readiness: Object.fromEntries(consumers.map(([name, consumer]) => [name, () => consumer.check()])),
  };
}

function consumerOf(
  { config, checkProtected, registry, logger }: QueueParts,
  sqs: SQSClient,
  queueUrl: string,
  handler: MessageHandler,
): Consumer {
  return new Consumer({
    sqs,
    queueUrl,
    handler: async (message, context) => {
      await checkProtected();
      await handler(message, context);
    },
    concurrency: config.QUEUE_CONCURRENCY ?? 8,
    pollSeconds: config.QUEUE_POLL_SECONDS ?? 5,
    logger,
    registry,
  });
}

function publishing({ config, aws, db, entries, ttlSeconds, logger }: QueueParts): Component[] {
  const topic = config.CHANGES_TOPIC_ARN;
  if (topic === undefined) return [];
  const publisher = createTopicPublisher(createAwsClient(SNSClient, aws), topic);
  return [
    createLeader({
      db,
      name: `publishing to ${topic}`,
      logger,
      ttlSeconds,
      lead: (lease, signal) =>
        keepPublishing(
          {
            entries,
            publisher,
            publications: createPostgresPublications(db, topic, lease),
            isFifo: topic.endsWith('.fifo'),
            logger,
          },
          signal,
        ),
    }),
  ];
}
