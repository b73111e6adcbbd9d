import { randomUUID } from 'node:crypto';
import { missing, startMemcached, startRedis, type TestServer } from './servers.ts';

/** A store for several instances, as the settings name it. */
export interface TestStore {
  name: 'redis' | 'memcached';
  missing: string | undefined;
  start: () => Promise<TestServer>;
  /** Of a part that nobody else uses. */
  settings: (server: TestServer) => Record<string, string>;
}

const part = (): { STORE_PREFIX: string } => ({ STORE_PREFIX: `${randomUUID().slice(0, 8)}:` });

export const STORES: readonly TestStore[] = [
  {
    name: 'redis',
    missing: missing('redis-server'),
    start: () => startRedis(),
    settings: ({ host, port }) => ({ STORE: 'redis', REDIS_URL: `redis://${host}:${port}`, ...part() }),
  },
  {
    name: 'memcached',
    missing: missing('memcached'),
    start: () => startMemcached(),
    settings: ({ host, port }) => ({ STORE: 'memcached', MEMCACHED_SERVERS: `${host}:${port}`, ...part() }),
  },
];
