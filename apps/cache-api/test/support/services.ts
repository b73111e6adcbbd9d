import { isSkipped } from '@groundwork/service/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startInstance, type Instance, type InstanceOptions } from './instance.ts';
import type { TestServer } from './servers.ts';
import { PRODUCTS, useShops, type Shop } from './shop.ts';
import { STORES, type TestStore } from './stores.ts';

export const YAML = `
resources:
  - { name: products, table: products, strategy: write-through, writable: [name, price, category], ttl: 5m, jitter: 0,
      staleWhileRevalidate: 0s, staleIfError: 1h, earlyRefresh: 0, visibility: public, tags: [shop, 'category:{category}'] }
  - { name: by-category, query: 'SELECT id, name FROM products WHERE category = :category ORDER BY id', key: { category: text },
      many: true, ttl: 5m, earlyRefresh: 0, dependsOn: [{ table: products, on: { category: category } }] }
namespaces:
  - { name: scratch, kind: volatile, ttl: 10m, maxTtl: 1h, maxBytes: 1KiB }
  - { name: settings, kind: postgres, ttl: 10m, maxBytes: 1KiB, visibility: shared }
`;

/** A shop with its store, and any number of instances of the service before them. */
export interface Service {
  shop: Shop;
  store: TestServer | undefined;
  /** All share one store, one stream and one bus. */
  start: (more?: Partial<InstanceOptions>) => Promise<Instance>;
}

/** `store`: undefined for the one in the process. One database per call. */
export function useServices(
  store: TestStore | undefined,
): (yaml?: string, tables?: string) => Promise<Service> {
  const shops = useShops({ wal_level: 'logical', max_replication_slots: '20', max_wal_senders: '20' });
  let server: TestServer | undefined;
  const running: Instance[] = [];
  beforeAll(async () => {
    server = await store?.start();
  });
  afterEach(async () => {
    server?.resume();
    await Promise.all(running.splice(0).map((instance) => instance.stop()));
  });
  afterAll(() => server?.kill());

  return async (yaml = YAML, tables = `${PRODUCTS} ALTER TABLE products REPLICA IDENTITY FULL;`) => {
    const shop = await shops(tables);
    const settings = {
      STREAM_NAME: `cache_${randomBytes(4).toString('hex')}`,
      ...(server === undefined || store === undefined ? {} : store.settings(server)),
    };
    return {
      shop,
      store: server,
      async start(more = {}) {
        const instance = await startInstance({
          databaseUrl: shop.url,
          yaml,
          ...more,
          settings: { ...settings, ...more.settings },
        });
        running.push(instance);
        return instance;
      },
    };
  };
}

/** Runs the same on both stores; what is missing here is skipped and says so. */
export const SHARED = STORES.map((store) => {
  return { store, skipped: isSkipped(store) };
});
