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
import { createEc2Inventory } from './adapters/ec2/ec2-inventory.ts';
import { createEnforcers } from './adapters/enforcers.ts';
import { healSnapshots } from './adapters/heal-snapshots.ts';
import { createPostgresEntries } from './adapters/postgres-entries.ts';
import { createPostgresLedger } from './adapters/postgres-ledger.ts';
import { createPostgresTargets } from './adapters/postgres-targets.ts';
import type { Tables } from './adapters/tables.ts';
import type { Config } from './config.ts';
import { createDiscovery } from './discovery.ts';
import { createDesire } from './domain/desire.ts';
import { createListing } from './domain/listing.ts';
import { parseProtectedRange } from './domain/protected-ranges.ts';
import { regionOf, type Target } from './domain/target-file/target-file.ts';
import { enforce, type EnforceParts } from './enforcement/enforce.ts';
import { keepExpiring } from './expiry.ts';
import { createMetrics } from './metrics.ts';

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
  >;
  targets: readonly Target[];
  database: Database<Tables>;
  registry: Registry;
  logger: Logger;
  /** Other than for AWS, in tests. */
  timing?: EnforceParts['timing'];
}

/** Everything between the entries and what enforces them. */
export function compose({ config, targets, database, registry, logger, ...options }: ComposeOptions) {
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

  const enforcerOf = createEnforcers(aws);
  const ttlSeconds = config.LEASE_SECONDS;
  // AWS rates calls per region: whoever writes in one writes all that is to be written there.
  const regions = Map.groupBy(targets, (target) => regionOf(target, config.AWS_REGION));
  const enforcement = [...regions].map(([region, there]) =>
    createLeader({
      db,
      name: `enforcement in ${region}`,
      logger,
      ttlSeconds,
      lead: async (held, signal) => {
        await discovery.check();
        const ledgerOf = () => createPostgresLedger(db, held);
        const parts = { ...desire, targets: there, enforcerOf, ledgerOf, observe: metrics.target, logger };
        await enforce({ ...parts, timing: options.timing }, held, signal);
      },
    }),
  );

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
      lead: (_lease, signal) => keepExpiring(entries, logger, signal),
    }),
    ...enforcement,
  ];
  return {
    components,
    readiness: { database: () => database.check(), discovery: () => discovery.check() },
    routes: {
      entries,
      listing,
      protectedRanges,
      targets: targets.map((target) => ({ target, records, desire: createDesire(desire, target) })),
    },
  };
}
