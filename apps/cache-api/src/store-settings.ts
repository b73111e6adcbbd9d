import { booleanSetting, integerSetting, listSetting, setting } from '@groundwork/service';
import { z } from 'zod';
import { POLICIES, type PolicyName } from './domain/eviction/policy.ts';

const MIB = 1_048_576;

export const storeSettings = {
  STORE: setting(z.enum(['redis', 'memcached', 'memory', 'none']).default('memory'), {
    description:
      'What all instances share: redis (also Valkey), memcached, memory (of this process: for one instance), or none',
    example: 'redis',
  }),
  STORE_PREFIX: setting(
    z
      .string()
      .regex(/^[\w.:-]{0,32}$/, 'must be up to 32 letters, digits and .:-_')
      .default('cache:'),
    {
      description: 'What its keys begin with, so that several services can share one',
      example: 'shop:',
    },
  ),
  STORE_TIMEOUT_MS: setting(integerSetting({ min: 5, max: 5_000 }).default(50), {
    description: 'How long one call to it may take, in ms; then it goes on without',
    example: '50',
  }),
  REDIS_URL: setting(
    z
      .string()
      .regex(
        /^rediss?:\/\/([^@/]*@)?[^@/,]+(,[^@/,]+)*\/?$/,
        'must look like redis://host:6379, or rediss:// for TLS',
      )
      .optional(),
    {
      description:
        'Redis or Valkey; rediss:// is TLS, as ElastiCache Serverless needs; several nodes of a cluster with commas',
      example: 'rediss://user:password@my-cache.example.com:6379',
      secret: true,
    },
  ),
  REDIS_CLUSTER: setting(booleanSetting().default(false), {
    description: 'Whether REDIS_URL names nodes of a cluster',
    example: 'true',
  }),
  MEMCACHED_SERVERS: setting(
    listSetting()
      .pipe(z.array(z.string().regex(/^[^:]+:\d+$/, 'must be host:port')))
      .default([]),
    {
      description: 'memcached 1.6 or later, comma-separated; the same list in all instances',
      example: 'cache-1.example.com:11211,cache-2.example.com:11211',
    },
  ),
  MEMCACHED_TLS: setting(booleanSetting().default(false), {
    description: 'Whether memcached is spoken to with TLS',
    example: 'true',
  }),
  MEMORY_BYTES: setting(integerSetting({ min: MIB, max: 16_384 * MIB }).default(64 * MIB), {
    description: 'Of all entries with STORE=memory, in bytes',
    example: String(64 * MIB),
  }),
  BUS: setting(z.enum(['auto', 'redis', 'postgres', 'none']).default('auto'), {
    description:
      'How instances tell each other what to forget; auto: redis with a single Redis, none with STORE=memory, else postgres. none is for one instance',
    example: 'postgres',
  }),
  L1_BYTES: setting(integerSetting({ min: 0, max: 16_384 * MIB }).default(64 * MIB), {
    description: 'What each process keeps for itself, in bytes',
    example: String(64 * MIB),
  }),
  L1_POLICY: setting(z.enum(POLICIES).default('lru'), {
    description: 'What makes room there; GET /v1/advice says which one would hit more often',
    example: 'sieve',
  }),
  L1_MAX_STALE_MS: setting(integerSetting({ min: 100, max: 60_000 }).default(1_000), {
    description:
      'How long after an invalidation at another instance this one may still show what it keeps, in ms; it uses none of it while it hears nothing for that long',
    example: '1000',
  }),
};

export interface StoreConfig {
  STORE: 'redis' | 'memcached' | 'memory' | 'none';
  STORE_PREFIX: string;
  STORE_TIMEOUT_MS: number;
  REDIS_URL?: string | undefined;
  REDIS_CLUSTER: boolean;
  MEMCACHED_SERVERS: string[];
  MEMCACHED_TLS: boolean;
  MEMORY_BYTES: number;
  BUS: 'auto' | 'redis' | 'postgres' | 'none';
  L1_BYTES: number;
  L1_POLICY: PolicyName;
  L1_MAX_STALE_MS: number;
}

export function busOf({ BUS, STORE, REDIS_CLUSTER }: StoreConfig): 'redis' | 'postgres' | 'none' {
  if (BUS !== 'auto') return BUS;
  if (STORE === 'redis' && !REDIS_CLUSTER) return 'redis';
  return STORE === 'memory' ? 'none' : 'postgres';
}

/** Rules between settings, for the schema's `superRefine`. */
export function checkStoreSettings(config: StoreConfig, ctx: z.RefinementCtx): void {
  const wrong = (name: string, message: string): void => {
    ctx.addIssue({ code: 'custom', path: [name], message });
  };
  if (config.STORE === 'redis' && config.REDIS_URL === undefined)
    wrong('REDIS_URL', 'is required with STORE=redis');
  if (config.STORE === 'memcached' && config.MEMCACHED_SERVERS.length === 0) {
    wrong('MEMCACHED_SERVERS', 'is required with STORE=memcached');
  }
  if (config.BUS === 'redis' && (config.REDIS_URL === undefined || config.REDIS_CLUSTER)) {
    wrong('BUS', 'redis needs REDIS_URL with a single server: a cluster does not keep the order of messages');
  }
}
