import {
  CloudFrontClient,
  CreateInvalidationCommand,
  type CreateInvalidationCommandOutput,
} from '@aws-sdk/client-cloudfront';
import { Resources, startSandbox, type Faults, type InvalidatedDistribution } from '@groundwork/aws-sandbox';
import { createDatabase, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { eventually } from '@groundwork/service/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createPurge, type Purge, type PurgeOptions } from '../../src/purge/purge.ts';
import { logger } from './postgres.ts';

const ALIAS = 'web.example.com';
const RESOURCES = Resources.parse({
  distributions: [{ alias: ALIAS, origin: 'alb.example.com', cacheTagHeader: 'Cache-Tag' }],
});

export type Invalidation = InvalidatedDistribution['invalidations'][number];

/** An account with a distribution, and a database, of a test's own. */
export interface PurgeWorld {
  url: string;
  database: Database<unknown>;
  sql: (text: string) => Promise<Record<string, unknown>[]>;
  endpoint: string;
  faults: Faults;
  distributionId: string;
  /** What CloudFront has been told, the oldest first. */
  told: () => Promise<Invalidation[]>;
  paths: () => Promise<string[][]>;
  /** How long CloudFront takes from now on, in ms, for what is in progress too. */
  completeAfter: (ms: number) => Promise<void>;
  /** By somebody else. */
  invalidate: (paths: string[]) => Promise<CreateInvalidationCommandOutput>;
  /** An instance; not started when told so. */
  instance: (overrides?: Partial<PurgeOptions>) => Instance;
}

export interface Instance extends Purge {
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** `cache_purge_items_total` by outcome. */
  counted: () => Promise<Record<string, number>>;
  metric: (name: string) => Promise<number | undefined>;
}

/** Where each test gets its world, and what it leaves is undone. */
export interface Purges {
  later: (undo: () => Promise<unknown>) => void;
  world: () => Promise<PurgeWorld>;
}

export function usePurges(): Purges {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'sandbox';
  let server: TestPostgres;
  const undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startTestPostgres(process.env['TEST_DATABASE_URL']);
  });
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one();
  });
  afterAll(() => server.stop());

  return {
    later: (one) => undo.push(one),
    async world() {
      const url = await server.createDatabase();
      const database = connect(url);
      undo.push(() => database.db.destroy());
      const folder = new URL('../../migrations/', import.meta.url);
      await migrate(database.pool, { folder, shared: [LEASES] }, logger);

      const stateDir = mkdtempSync(join(tmpdir(), 'purges-'));
      const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources: RESOURCES });
      const { endpoint, faults } = sandbox;
      const cloudFront = new CloudFrontClient({ endpoint, region: 'us-east-1', maxAttempts: 1 });
      undo.push(async () => {
        cloudFront.destroy();
        await sandbox.close();
        rmSync(stateDir, { recursive: true, force: true });
      });
      const shown = async () => {
        const answer = await fetch(`${endpoint}/_sandbox/distributions/${ALIAS}/invalidations`);
        return (await answer.json()) as InvalidatedDistribution;
      };
      const { id: distributionId } = await shown();
      const told = async () => (await shown()).invalidations.toReversed();
      const completeAfter = async (completeAfterMs: number): Promise<void> => {
        const body = JSON.stringify({ completeAfterMs });
        await fetch(`${endpoint}/_sandbox/invalidations`, { method: 'PUT', body });
      };
      await completeAfter(0);
      return {
        url,
        database,
        sql: async (text) => (await database.pool.query(text)).rows,
        endpoint,
        faults,
        distributionId,
        told,
        paths: async () => (await told()).map(({ paths }) => paths),
        completeAfter,
        invalidate: (Items) =>
          cloudFront.send(
            new CreateInvalidationCommand({
              DistributionId: distributionId,
              InvalidationBatch: {
                CallerReference: Items.join(),
                Paths: { Quantity: Items.length, Items },
              },
            }),
          ),
        instance(overrides = {}) {
          const own = connect(url);
          const one = createInstance({
            db: own.db,
            aws: { endpoint, region: 'eu-central-1', maxAttempts: 1 },
            distributionId,
            budgetPerMonth: 10_000,
            everySeconds: 0.05,
            logger,
            registry: new Registry(),
            ttlSeconds: 1,
            backoff: { first: 20, most: 200 },
            ...overrides,
          });
          undo.push(() => own.db.destroy(), one.stop);
          return one;
        },
      };
    },
  };
}

export const connect = (url: string): Database<unknown> =>
  createDatabase({ DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 5_000 }, logger);

function createInstance(options: PurgeOptions): Instance {
  const purge = createPurge(options);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    for (const one of purge.components.toReversed()) await one.stop?.(AbortSignal.timeout(5_000));
  }
  return {
    ...purge,
    async start() {
      for (const one of purge.components) await one.start?.();
    },
    stop: () => (stopped ??= stop()),
    async counted() {
      const metric = await options.registry.getSingleMetric('cache_purge_items_total')?.get();
      return Object.fromEntries(
        (metric?.values ?? []).map(({ labels, value }) => [labels['outcome'], value]),
      );
    },
    metric: async (name) => {
      const text = await options.registry.metrics();
      const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    },
  };
}

/** Nothing waits, and nothing is in flight. */
export const untilDone = (one: Purge): Promise<unknown> =>
  eventually(
    async () => {
      const { waiting, inFlight } = await one.status();
      return waiting + inFlight === 0;
    },
    { what: 'everything purged' },
  );

export const tags = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
