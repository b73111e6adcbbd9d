import { LEASES, migrate, migrationsOf, type Database } from '@groundwork/database';
import type { Logger } from '@groundwork/service';
import { readFile } from 'node:fs/promises';
import { bindResources } from './adapters/postgres/bind.ts';
import { openPools, type Pools } from './adapters/postgres/pools.ts';
import type { BoundResource } from './domain/resources/bound.ts';
import type { CacheFile } from './domain/resources/resource.ts';

/** Our tables are in a schema of their own: the database is another one's. */
export const SCHEMA = 'cache_api';

export interface PrepareOptions {
  databaseUrl: string;
  timeoutMs: number;
  poolSize: number;
  database: Database<unknown>;
  file: CacheFile;
  seedFile: string | undefined;
  logger: Logger;
}

export interface Prepared {
  pools: Pools;
  resources: BoundResource[];
}

/** What has to be known of the database before anything can be served: whether what is declared fits it. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { database, file, seedFile, logger } = options;
  await database.component.start?.();
  await migrate(database.pool, { folder: migrationsOf(import.meta.url), shared: [LEASES] }, logger);
  const pools = openPools({
    url: options.databaseUrl,
    poolSize: options.poolSize,
    timeoutMs: options.timeoutMs,
  });
  try {
    if (seedFile !== undefined) await pools.work.query(await readFile(seedFile, 'utf8'));
    return { pools, resources: await bindResources(pools, file.resources) };
  } catch (error) {
    await pools.close();
    throw error;
  }
}
