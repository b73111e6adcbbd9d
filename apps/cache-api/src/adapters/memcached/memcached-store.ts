import type { ConnectionOptions } from 'node:tls';
import { checkPrefix } from '../../domain/stored-names.ts';
import { DEFAULT_SETTINGS, LeasedStore, type StoreSettings } from '../leased-store.ts';
import { MemcachedWire } from './memcached-wire.ts';
import { Server } from './server.ts';

export interface MemcachedStoreOptions extends Partial<StoreSettings> {
  /** Keys are spread over them; all instances must name them alike. */
  servers: readonly { host: string; port: number }[];
  tls?: ConnectionOptions | undefined;
  prefix?: string | undefined;
  /** What goes wrong with a connection; calls fail by themselves. */
  onError?: ((error: Error) => void) | undefined;
}

/** memcached takes items of up to 1 GiB with `-I`; an answer of more than this is nonsense here. */
const MAX_REPLY_BYTES = 64 * 1024 ** 2;

export function createMemcachedStore(options: MemcachedStoreOptions): LeasedStore {
  const prefix = checkPrefix(options.prefix ?? 'cache:');
  const timeoutMs = options.timeoutMs ?? DEFAULT_SETTINGS.timeoutMs;
  const connectTimeoutMs = Math.max(500, timeoutMs);
  const limits = { timeoutMs, connectTimeoutMs, maxReplyBytes: MAX_REPLY_BYTES };
  const servers = options.servers.map(
    ({ host, port }) =>
      new Server({ host, port, tls: options.tls, ...limits }, (error) => options.onError?.(error)),
  );
  return new LeasedStore(new MemcachedWire(servers, prefix), options);
}
