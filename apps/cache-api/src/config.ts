import { databaseSettings } from '@groundwork/database';
import {
  authSettings,
  awsSettings,
  checkAuthSettings,
  httpSettings,
  integerSetting,
  numberSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { z } from 'zod';
import { parseCacheFile } from './domain/resources/cache-file.ts';
import { checkStoreSettings, storeSettings } from './store-settings.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3003),
    ...authSettings('cache:read'),
    ...databaseSettings('cache'),
    ...awsSettings,
    ...storeSettings,
    RESOURCES: setting(z.string().optional(), {
      description:
        'YAML file that declares what is cached, resources and namespaces, or an s3:// address of one',
      example: 's3://my-config/cache.yaml',
    }),
    RESOURCES_YAML: setting(z.string().optional(), {
      description: 'The same, inline',
      example: 'resources: [{ name: products, table: products, ttl: 5m }]',
    }),
    LOADS_AT_ONCE: setting(integerSetting({ min: 1, max: 200 }).default(8), {
      description:
        'Queries that load entries at the same time, at most; fewer than DATABASE_POOL_SIZE, so that writes find a connection',
      example: '8',
    }),
    LOADS_WAITING: setting(integerSetting({ min: 0, max: 100_000 }).default(200), {
      description:
        'Loads that may wait for their turn; more are refused with 503, or answered with something stale',
      example: '200',
    }),
    INVALIDATION: setting(z.enum(['replication', 'notify', 'off']).default('replication'), {
      description:
        'How changes that others make in the database are heard of: its replication stream (wal_level=logical), triggers that NOTIFY, or not at all: then entries live for their TTL',
      example: 'notify',
    }),
    STREAM_NAME: setting(
      z
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,40}$/, 'must be up to 41 lower-case letters, digits and _')
        .default('groundwork_cache'),
      {
        description:
          'Of replication slot and publication, or of triggers; each service on one database server needs its own',
        example: 'groundwork_cache',
      },
    ),
    LEASE_SECONDS: setting(integerSetting({ min: 2, max: 300 }).default(15), {
      description: 'How soon another instance takes over from a leader that has died, in seconds',
      example: '15',
    }),
    CHECKED_SHARE: setting(numberSetting({ min: 0, max: 1 }).default(0.001), {
      description:
        'Share of answers out of the cache that are compared with the database, to count stale ones',
      example: '0.01',
    }),
    CLOUDFRONT_DISTRIBUTION_ID: setting(
      z
        .string()
        .regex(/^[A-Z0-9]+$/, 'must be an id, as E2ABCDEF123456')
        .optional(),
      {
        description:
          'CloudFront distribution that forgets by tag what is invalidated here; it needs CacheTagConfig with the header Cache-Tag',
        example: 'E2ABCDEF123456',
      },
    ),
    PURGE_BUDGET_PER_MONTH: setting(integerSetting({ min: 0, max: 100_000_000 }).default(1_000), {
      description:
        'Tags sent to CloudFront in a month, at most; AWS gives 1,000 for nothing and takes $0.005 for each one more. What is too much lives for its TTL there',
      example: '1000',
    }),
    PURGE_EVERY_SECONDS: setting(integerSetting({ min: 1, max: 3_600 }).default(5), {
      description:
        'What is invalidated in this time goes to CloudFront in one call, each tag once, in seconds',
      example: '5',
    }),
    SEED_FILE: setting(z.string().optional(), {
      description: 'For development: SQL that is run at each start, and can be run again and again',
      example: 'tools/dev/demo/products.sql',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    checkStoreSettings(config, ctx);
    if (config.LOADS_AT_ONCE > config.DATABASE_POOL_SIZE) {
      const message = `must not be more than DATABASE_POOL_SIZE (${config.DATABASE_POOL_SIZE}): the others would wait for a connection`;
      ctx.addIssue({ code: 'custom', path: ['LOADS_AT_ONCE'], message });
    }
    try {
      if (config.RESOURCES_YAML !== undefined) parseCacheFile(config.RESOURCES_YAML);
    } catch (error) {
      ctx.addIssue({ code: 'custom', path: ['RESOURCES_YAML'], message: (error as Error).message });
    }
  });
