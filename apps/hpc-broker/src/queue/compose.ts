import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createLeader } from '@groundwork/database';
import { Consumer, createTopicPublisher } from '@groundwork/messaging';
import {
  createAwsClient,
  type AwsSettings,
  type Component,
  type Logger,
  type Registry,
} from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createPublications } from '../adapters/postgres/publications.ts';
import { createTrail } from '../adapters/postgres/trail.ts';
import { createIntakeHandler, type IntakeParts } from './intake.ts';
import { keepPublishing } from './publishing.ts';
import type { QueueSettings } from './settings.ts';

export interface QueueParts extends IntakeParts {
  config: Partial<QueueSettings>;
  aws: AwsSettings;
  db: Kysely<unknown>;
  ttlSeconds?: number;
  registry: Registry;
  logger: Logger;
}

/** What arrives by message, and what is told that way. */
export function composeQueues(parts: QueueParts): {
  components: Component[];
  readiness: Record<string, () => Promise<void>>;
} {
  const intake = intakeOf(parts);
  return {
    components: [...(intake === undefined ? [] : [intake]), ...publishingOf(parts)],
    readiness: intake === undefined ? {} : { intake: () => intake.check() },
  };
}

function intakeOf({ config, aws, submit, registry, logger }: QueueParts): Consumer | undefined {
  const queueUrl = config.INTAKE_QUEUE_URL;
  if (queueUrl === undefined) return undefined;
  return new Consumer({
    sqs: createAwsClient(SQSClient, aws),
    queueUrl,
    handler: createIntakeHandler({ submit }),
    concurrency: config.QUEUE_CONCURRENCY ?? 8,
    pollSeconds: config.QUEUE_POLL_SECONDS ?? 5,
    logger,
    registry,
  });
}

function publishingOf({ config, aws, db, ttlSeconds, logger }: QueueParts): Component[] {
  const topic = config.EVENTS_TOPIC_ARN;
  if (topic === undefined) return [];
  const publisher = createTopicPublisher(createAwsClient(SNSClient, aws), topic);
  const isFifo = topic.endsWith('.fifo');
  return [
    createLeader({
      db,
      name: `publishing to ${topic}`,
      logger,
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      lead: (lease, signal) =>
        keepPublishing(
          {
            trail: createTrail(db),
            publications: createPublications(db, topic, lease),
            publisher,
            isFifo,
            logger,
          },
          signal,
        ),
    }),
  ];
}
