import { createDatabase } from '@groundwork/database';
import { createLogger } from '@groundwork/service';
import { Registry } from 'prom-client';
import { createPurge } from '../../src/purge/purge.ts';

/** An instance in a process of its own, to be killed: `purge-process.ts DATABASE_URL ENDPOINT DISTRIBUTION` */
const [url = '', endpoint = '', distributionId = ''] = process.argv.slice(2);
const logger = createLogger({ service: 'test', level: 'silent' });
const { db } = createDatabase<unknown>(
  { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 5_000 },
  logger,
);
const { components } = createPurge({
  db,
  aws: { endpoint, region: 'us-east-1', maxAttempts: 1 },
  distributionId,
  budgetPerMonth: 1_000,
  everySeconds: 0.05,
  logger,
  registry: new Registry(),
  ttlSeconds: 1,
});
for (const one of components) await one.start?.();
