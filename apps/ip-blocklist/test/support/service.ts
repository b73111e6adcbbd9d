import { createDatabase, IDEMPOTENCY_KEYS, LEASES, migrate, type Database } from '@groundwork/database';
import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { allowLocalDevelopment, createLogger, createRegistry } from '@groundwork/service';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Tables } from '../../src/adapters/tables.ts';
import { compose, type ComposeOptions } from '../../src/compose.ts';
import { createBlocklistApp } from '../../src/http/app.ts';
import type { Entries } from '../../src/ports/entries.ts';

export const logger = createLogger({
  service: 'test',
  level: (process.env['TEST_LOG'] as 'info' | undefined) ?? 'silent',
});

export interface Service {
  url: string;
  database: Database<Tables>;
  entries: Entries;
  app: ReturnType<typeof createBlocklistApp>;
}

export interface Instance extends Service {
  /** Starts what works in the background: expiry, enforcement. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const DRAIN_MS = 10_000;
/** Longer than a poll takes. */
const SLOW_MS = 5_000;

/** One process of the service, in this one. */
export function createInstance(
  url: string,
  options: Partial<Omit<ComposeOptions, 'config'>> & { config?: Partial<ComposeOptions['config']> } = {},
): Instance {
  const registry = createRegistry('test');
  const database = createDatabase<Tables>(
    { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TIMEOUT_MS: 10_000 },
    logger,
  );
  const { components, routes, readiness } = compose({
    targets: [],
    database,
    registry,
    logger,
    ...options,
    config: {
      AWS_REGION: 'us-east-1',
      AWS_MAX_ATTEMPTS: 1,
      PROTECTED_RANGES: [],
      DISCOVER_PROTECTED: 'off',
      DISCOVER_EVERY_SECONDS: 300,
      LEASE_SECONDS: 15,
      FEEDS_ALLOW_PRIVATE: [],
      ...options.config,
    },
  });
  const app = createBlocklistApp({
    ...routes,
    logger,
    registry,
    authenticate: allowLocalDevelopment(),
    trustedProxyHops: 0,
    readiness,
  });
  let started: typeof components = [];
  return {
    url,
    database,
    entries: routes.entries,
    app,
    async start() {
      for (const component of components) await component.start?.();
      started = components;
    },
    async stop() {
      // As in production: what has not ended by then is cut off.
      const signal = AbortSignal.timeout(DRAIN_MS);
      if (started.length === 0) await database.db.destroy();
      for (const component of started.toReversed()) {
        const began = performance.now();
        await component.stop?.(signal);
        const tookMs = Math.round(performance.now() - began);
        if (tookMs > SLOW_MS) console.warn(`${component.name} took ${tookMs} ms to stop`);
      }
      started = [];
    },
  };
}

/** The service on an empty database for each test. Nothing works in the background. */
export function useService(protectedRanges: string[] = []): Service {
  const service = {} as Instance;
  const databases = useDatabases();
  beforeEach(async () => {
    Object.assign(
      service,
      createInstance(await databases.create(), { config: { PROTECTED_RANGES: protectedRanges } }),
    );
  });
  afterEach(() => service.stop());
  return service;
}

/** By server: one that has the tables, of which the others are copies. */
const migrated = new Map<string, Promise<string>>();

async function migratedOn(postgres: TestPostgres): Promise<string> {
  const url = await postgres.createDatabase({ stays: true });
  const { pool, db } = createDatabase(
    { DATABASE_URL: url, DATABASE_POOL_SIZE: 1, DATABASE_TIMEOUT_MS: 10_000 },
    logger,
  );
  const folder = new URL('../../migrations/', import.meta.url);
  await migrate(pool, { folder, shared: [LEASES, IDEMPOTENCY_KEYS] }, logger);
  await db.destroy();
  return url;
}

/** Empty databases with the service's tables. */
export function useDatabases(): { create(): Promise<string> } {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres(process.env['TEST_DATABASE_URL']);
  });
  afterAll(() => postgres.stop());
  return {
    async create() {
      if (!migrated.has(postgres.adminUrl)) migrated.set(postgres.adminUrl, migratedOn(postgres));
      return postgres.copyDatabase(await migrated.get(postgres.adminUrl)!);
    },
  };
}
