import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { ConnectionOptions } from 'node:tls';
import { LeasedStore, DEFAULT_SETTINGS, type StoreSettings } from '../leased-store.ts';
import { checkPrefix } from '../../domain/stored-names.ts';
import { RedisWire } from './redis-wire.ts';

export interface RedisStoreOptions extends Partial<StoreSettings> {
  /** One server, or some of a cluster. */
  nodes: readonly { host: string; port: number }[];
  isCluster?: boolean | undefined;
  username?: string | undefined;
  password?: string | undefined;
  tls?: ConnectionOptions | undefined;
  prefix?: string | undefined;
  /** Of one entry as it is stored. */
  maxEntryBytes?: number | undefined;
  /** What goes wrong with the connection; calls fail by themselves. */
  onError?: ((error: Error) => void) | undefined;
}

const MAX_ENTRY_BYTES = 8 * 1024 ** 2;

/** In ms, doubled with every attempt; half of it is by chance, so that not all instances come at once. */
const BACKOFF = { first: 50, most: 1_000 };

export function createRedisStore(options: RedisStoreOptions): LeasedStore {
  const prefix = checkPrefix(options.prefix ?? 'cache:');
  const client = options.isCluster === true ? clusterOf(options) : singleOf(options);
  client.on('error', (error: Error) => options.onError?.(error));
  const room = options.maxEntryBytes ?? MAX_ENTRY_BYTES;
  return new LeasedStore(new RedisWire(client, prefix, room), options);
}

/** A connection to one server, for pub/sub: it subscribes when it is told to. */
export function createRedisClient(options: RedisStoreOptions): Redis {
  const client = singleOf(options);
  client.on('error', (error: Error) => options.onError?.(error));
  return client;
}

function singleOf(options: RedisStoreOptions): Redis {
  const [node = { host: '127.0.0.1', port: 6379 }] = options.nodes;
  return new Redis({ ...connectionOptions(options), ...node });
}

function clusterOf(options: RedisStoreOptions): Cluster {
  const cluster = new Cluster([...options.nodes], {
    redisOptions: connectionOptions(options),
    enableOfflineQueue: false,
    clusterRetryStrategy: retryAfter,
    // Certificates are for names, not for the addresses they resolve to.
    ...(options.tls === undefined ? {} : { dnsLookup: (name, done) => done(null, name) }),
    // A node that does not answer must not hold up finding out which one has taken over.
    slotsRefreshTimeout: timeoutOf(options) * 4,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: 3,
    clusterNodeRetryStrategy: retryAfter,
    slotsRefreshInterval: 5_000,
  });
  // Else the first command would connect, and those that come meanwhile would fail.
  cluster.on('+node', (node: Redis) => void node.connect().catch(() => {}));
  return cluster;
}

function connectionOptions(options: RedisStoreOptions): Omit<RedisOptions, 'replyMapping'> {
  const timeoutMs = timeoutOf(options);
  return {
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    commandTimeout: timeoutMs,
    // A server that says nothing while something is asked is left; else what is asked would pile up.
    socketTimeout: timeoutMs * 2,
    connectTimeout: Math.max(500, timeoutMs),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: retryAfter,
    // After a failover the name leads to another server: ElastiCache turns the old one into a replica.
    // Before Redis 7 a script's error only contains it.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
  };
}

const timeoutOf = ({ timeoutMs }: RedisStoreOptions): number => timeoutMs ?? DEFAULT_SETTINGS.timeoutMs;

function retryAfter(attempt: number): number {
  const most = Math.min(BACKOFF.first * 2 ** (attempt - 1), BACKOFF.most);
  return most / 2 + Math.random() * (most / 2);
}
