import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { bindResources } from '../../src/adapters/postgres/bind.ts';
import { openPools, type Pools, type PostgresSettings } from '../../src/adapters/postgres/pools.ts';
import { ResourceSource } from '../../src/adapters/postgres/resource-source.ts';
import { ResourceWriter } from '../../src/adapters/postgres/resource-writer.ts';
import type { BoundResource, BoundTable } from '../../src/domain/resources/bound.ts';
import { parseCacheFile } from '../../src/domain/resources/cache-file.ts';
import type { Loaded } from '../../src/ports/source.ts';

export const PRODUCTS = `
  CREATE TABLE products (
    id integer PRIMARY KEY, name text NOT NULL, category text, price numeric(10,2) NOT NULL CHECK (price >= 0),
    code varchar(5) UNIQUE, at timestamptz
  );
  INSERT INTO products VALUES
    (1, 'Lamp', 'light', 12.50, 'L1', '2026-01-01 00:00+01'), (2, 'Größe "M"', 'a b', 3, NULL, NULL),
    (3, 'Bulb', 'light', 0.10, 'L3', NULL);`;

/** One database with what `tables` makes, and connections to it. */
export interface Shop {
  url: string;
  /** Of a superuser, in another database. */
  adminUrl: string;
  pools: Pools;
  /** Of the database's owner, for what others do. */
  owner: Client;
  open(settings?: Partial<PostgresSettings>): Pools;
  bind(yaml: string): Promise<BoundResource[]>;
  /** The first resource. */
  source(yaml: string, pools?: Pools): Promise<ResourceSource>;
  writer(yaml: string, pools?: Pools): Promise<ResourceWriter>;
}

/** One server per file; a database per call. `TEST_DATABASE_URL` names another server. */
export function useShops(settings: Record<string, string> = {}): (tables?: string) => Promise<Shop> {
  let server: TestPostgres;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startTestPostgres(process.env['TEST_DATABASE_URL'], { settings });
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });
  afterAll(() => server.stop());

  return async (tables = PRODUCTS) => {
    const url = await server.createDatabase({ replication: settings['wal_level'] === 'logical' });
    const owner = new Client({ connectionString: url });
    owner.on('error', () => undefined);
    await owner.connect();
    closing.push(() => owner.end());
    await owner.query(tables);
    const open: Shop['open'] = (more = {}) => {
      const pools = openPools({ url, ...more });
      closing.push(() => pools.close());
      return pools;
    };
    const pools = open();
    const bind = async (yaml: string): Promise<BoundResource[]> =>
      bindResources(pools, parseCacheFile(yaml).resources);
    return {
      url,
      adminUrl: server.adminUrl,
      pools,
      owner,
      open,
      bind,
      source: async (yaml, through = pools) => new ResourceSource((await bind(yaml))[0]!, through),
      writer: async (yaml, through = pools) =>
        new ResourceWriter((await bind(yaml))[0] as BoundTable, through),
    };
  };
}

export async function loadAll(source: ResourceSource, ...ids: string[]): Promise<(Loaded | undefined)[]> {
  return source.load(ids, new AbortController().signal);
}

export async function loadOne(source: ResourceSource, id: string): Promise<Loaded | undefined> {
  return (await loadAll(source, id))[0];
}

export function textOf(loaded: Loaded | undefined): string | undefined {
  return loaded && Buffer.from(loaded.body).toString();
}
