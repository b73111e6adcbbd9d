import type { Logger } from '@groundwork/service';
import type { StoreConfig } from '../store-settings.ts';
import type { Store } from '../ports/store.ts';
import { guard } from './guarded-store.ts';
import { createMemcachedStore } from './memcached/memcached-store.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import { noneStore } from './none-store.ts';
import { createRedisStore, type RedisStoreOptions } from './redis/redis-store.ts';

/** About as long as a burst of failures takes to be an outage. */
const GUARD = { failures: 5, retryMs: 500 };

/** The store that the settings name. */
export function createStore(config: StoreConfig, logger: Logger): Store {
  const onError = saySometimes(logger);
  const common = { prefix: config.STORE_PREFIX, timeoutMs: config.STORE_TIMEOUT_MS, onError };
  switch (config.STORE) {
    case 'none':
      return noneStore;
    case 'memory':
      return createMemoryStore({ maxBytes: config.MEMORY_BYTES, timeoutMs: config.STORE_TIMEOUT_MS });
    case 'memcached': {
      const servers = config.MEMCACHED_SERVERS.map(hostAndPort);
      const tls = config.MEMCACHED_TLS ? {} : undefined;
      return guard(createMemcachedStore({ ...common, servers, tls }), GUARD);
    }
    case 'redis':
      return guard(createRedisStore({ ...common, ...redisOptions(config) }), GUARD);
  }
}

/** Of the URL in the settings, also for the bus. */
export function redisOptions({ REDIS_URL = '', REDIS_CLUSTER }: StoreConfig): RedisStoreOptions {
  const [, scheme, credentials, hosts = ''] = /^(rediss?):\/\/(?:([^@/]*)@)?([^/]+)/.exec(REDIS_URL) ?? [];
  const [username, password] = (credentials ?? '').split(':').map(decodeURIComponent);
  return {
    nodes: hosts.split(',').map((host) => hostAndPort(host.includes(':') ? host : `${host}:6379`)),
    isCluster: REDIS_CLUSTER,
    ...(username === undefined || username === '' ? {} : { username }),
    ...(password === undefined || password === '' ? {} : { password }),
    ...(scheme === 'rediss' ? { tls: {} } : {}),
  };
}

function hostAndPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

/** A server that is away is tried again many times a second; its error is said once in a while. */
export function saySometimes(logger: Logger, everyMs = 10_000): (error: Error) => void {
  let saidAt = -Infinity;
  return (error) => {
    if (performance.now() - saidAt < everyMs) return;
    saidAt = performance.now();
    logger.warn({ error }, `the store: ${error.message}`);
  };
}
