import { EC2Client } from '@aws-sdk/client-ec2';
import {
  createLeader,
  IDEMPOTENCY_KEYS,
  LEASES,
  migrate,
  migrationsOf,
  type Database,
} from '@groundwork/database';
import {
  awsSettingsOf,
  createAwsClient,
  type Component,
  type Logger,
  type Registry,
} from '@groundwork/service';
import type { z } from 'zod';
import { measureAgents } from './agent-metrics.ts';
import { createEc2Inventory } from './adapters/ec2/ec2-inventory.ts';
import { createPostgresFeeds } from './adapters/feeds/postgres-feeds.ts';
import { healSnapshots } from './adapters/heal-snapshots.ts';
import { createPostgresLogs } from './adapters/intake/postgres-logs.ts';
import { createPostgresAgents } from './adapters/postgres-agents.ts';
import { createPostgresEntries } from './adapters/postgres-entries.ts';
import { createPostgresTargets } from './adapters/postgres-targets.ts';
import type { Tables } from './adapters/tables.ts';
import type { Config } from './config.ts';
import { createDiscovery } from './discovery.ts';
import type { LogRule } from './domain/access-logs/rule-file.ts';
import { createDesire } from './domain/desire.ts';
import type { Feed } from './domain/feeds/feed-file.ts';
import { createList } from './domain/export/list.ts';
import { createListing } from './domain/listing.ts';
import { parseProtectedRange } from './domain/protected-ranges.ts';
import type { Target } from './domain/target-file/target-file.ts';
import { composeEnforcement } from './enforcement/compose.ts';
import type { EnforceParts } from './enforcement/enforce.ts';
import { keepExpiring } from './expiry.ts';
import { composeFeeds } from './feeds/compose.ts';
import { createMetrics } from './metrics.ts';
import { composeQueues } from './queue/compose.ts';
import type { QueueSettings } from './queue/settings.ts';

export interface ComposeOptions {
  config: Pick<
    z.output<typeof Config>,
    | 'AWS_ENDPOINT_URL'
    | 'AWS_REGION'
    | 'AWS_MAX_ATTEMPTS'
    | 'PROTECTED_RANGES'
    | 'DISCOVER_PROTECTED'
    | 'DISCOVER_EVERY_SECONDS'
    | 'LEASE_SECONDS'
    | 'FEEDS_ALLOW_PRIVATE'
  > &
    Partial<QueueSettings>;
  targets: readonly Target[];
  feeds?: readonly Feed[];
  logRules?: readonly LogRule[];
  database: Database<Tables>;
  registry: Registry;
  logger: Logger;
  /** Other than for AWS, in tests. */
  timing?: EnforceParts['timing'];
  feedLookMs?: number;
}

/** Everything between the entries and what enforces them. */
export function compose({
  config,
  targets,
  feeds = [],
  logRules = [],
  database,
  registry,
  logger,
  ...options
}: ComposeOptions) {
  const { db } = database;
  const aws = awsSettingsOf(config);
  const entries = createPostgresEntries(db);
  const records = createPostgresTargets(db);
  const metrics = createMetrics(registry);
  const discovery = createDiscovery({
    inventory:
      config.DISCOVER_PROTECTED === 'ec2' ? createEc2Inventory(createAwsClient(EC2Client, aws)) : undefined,
    configured: config.PROTECTED_RANGES.map(parseProtectedRange),
    everySeconds: config.DISCOVER_EVERY_SECONDS,
    logger,
  });
  const listing = createListing(entries);
  const protectedRanges = () => discovery.ranges();
  const desire = { entries, listing, protectedRanges };
  const list = createList({ listing, protectedRanges });
  const agents = createPostgresAgents(db);
  measureAgents(registry, agents, list);

  const ttlSeconds = config.LEASE_SECONDS;
  const checkProtected = () => discovery.check();
  const taken = createPostgresLogs(db);
  const common = { db, aws, protectedRanges, checkProtected, ttlSeconds, metrics, logger };
  const enforcement = composeEnforcement({ ...common, targets, desire, timing: options.timing });
  const following = composeFeeds({
    ...common,
    feeds,
    allowPrivate: config.FEEDS_ALLOW_PRIVATE,
    lookMs: options.feedLookMs,
  });
  const queues = composeQueues({ ...common, config, entries, taken, logRules, registry });

  const components: Component[] = [
    database.component,
    {
      name: 'migrations',
      start: () =>
        migrate(
          database.pool,
          { folder: migrationsOf(import.meta.url), shared: [LEASES, IDEMPOTENCY_KEYS] },
          logger,
        ),
    },
    { name: 'snapshots', start: () => healSnapshots(db) },
    discovery,
    createLeader({
      db,
      name: 'expiry',
      logger,
      ttlSeconds,
      lead: (_lease, signal) => keepExpiring(entries, taken, logger, signal),
    }),
    ...following,
    ...enforcement,
    ...queues.components,
  ];
  return {
    components,
    readiness: { database: () => database.check(), discovery: checkProtected, ...queues.readiness },
    routes: {
      entries,
      list,
      agents,
      protectedRanges,
      feeds,
      feedRecords: createPostgresFeeds(db),
      targets: targets.map((target) => ({ target, records, desire: createDesire(desire, target) })),
    },
  };
}
