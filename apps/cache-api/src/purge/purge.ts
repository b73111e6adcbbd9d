import { createLeader } from '@groundwork/database';
import type { AwsSettings, Component, Logger, Registry } from '@groundwork/service';
import type { Kysely } from 'kysely';
import type { BackoffOptions } from './backoff.ts';
import { createCdn } from './cdn.ts';
import type { PurgeItem } from './items.ts';
import { keepPurging } from './keep-purging.ts';
import { createPurgeMetrics } from './metrics.ts';
import { enqueue, readStatus, type PurgeStatus } from './queue.ts';

export type { PurgeItem } from './items.ts';
export type { PurgeStatus } from './queue.ts';

export interface PurgeOptions {
  db: Kysely<unknown>;
  aws: AwsSettings;
  distributionId: string;
  /**
   * Tags and paths, each of which counts as one. The first 1,000 a month of an AWS account are free, more cost
   * $0.005 each. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html
   */
  budgetPerMonth: number;
  /** What is asked for in this time goes in one call, and each item once. */
  everySeconds: number;
  logger: Logger;
  registry: Registry;
  /** Of the leader's lease. */
  ttlSeconds?: number;
  /** The longest that the CDN keeps anything; what has waited longer is dropped. Undefined: nothing is. */
  longestTtlSeconds?: number;
  /** Of one collection, more keys than these are purged by its own tag. */
  collapseAbove?: number;
  /** After failures, in ms. */
  backoff?: BackoffOptions;
  /** In ms; for tests. */
  now?: () => number;
}

export interface Purge {
  /** Resolves when all of it is in the database, from where it will be sent; rejects when it may not be. */
  enqueue(items: readonly PurgeItem[]): Promise<void>;
  status(): Promise<PurgeStatus>;
  components: Component[];
}

const COLLAPSE_ABOVE = 100;
const BACKOFF = { first: 1_000, most: 60_000 };
const WARN_EVERY_MS = 3_600_000;

/**
 * Has a CloudFront distribution forget what the cache has invalidated, for no more than so much a month. Anybody
 * enqueues; one leader of all instances sends. When the budget is used up, nothing is sent until the next month:
 * what waits is left to its TTL, which is said in a warning, a metric and the status.
 */
export function createPurge(options: PurgeOptions): Purge {
  const { db, logger, budgetPerMonth: budget, now = Date.now } = options;
  const status = (): Promise<PurgeStatus> => readStatus(db, { budget, at: new Date(now()) });
  const cdn = createCdn(options.aws);
  const parts = {
    db,
    cdn,
    logger,
    now,
    everySeconds: options.everySeconds,
    backoff: options.backoff ?? BACKOFF,
    metrics: createPurgeMetrics(options.registry, status),
    limits: {
      distribution: options.distributionId,
      budget,
      collapseAbove: options.collapseAbove ?? COLLAPSE_ABOVE,
      longestTtlSeconds: options.longestTtlSeconds,
    },
    onLeft: createWarning(logger, budget, now),
  };
  const leader = createLeader({
    db,
    name: 'purge',
    logger,
    ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
    lead: (lease, signal) => keepPurging(parts, lease, signal),
  });
  return {
    enqueue: (items) => enqueue(db, items, new Date(now())),
    status,
    components: [{ name: 'CDN client', stop: () => cdn.close() }, leader],
  };
}

/** Said once an hour. */
function createWarning(logger: Logger, budget: number, now: () => number): () => void {
  let last = -Infinity;
  return () => {
    if (now() - last < WARN_EVERY_MS) return;
    last = now();
    logger.warn(
      { budget },
      'the purge budget of this month is used up: the CDN keeps what changes for its TTL',
    );
  };
}
