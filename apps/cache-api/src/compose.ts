import type { Database } from '@groundwork/database';
import {
  awsSettingsOf,
  type Authenticate,
  type Component,
  type Logger,
  type Registry,
} from '@groundwork/service';
import type { RequestListener } from 'node:http';
import type { z } from 'zod';
import { awaitStore } from './adapters/await-store.ts';
import { createStore, redisOptions, saySometimes } from './adapters/create-store.ts';
import { createNoneBus } from './adapters/none-bus.ts';
import { createPostgresBus } from './adapters/postgres-bus.ts';
import { ResourceSource } from './adapters/postgres/resource-source.ts';
import { ResourceWriter } from './adapters/postgres/resource-writer.ts';
import { PostgresValues } from './adapters/postgres/value-table.ts';
import { createRedisBus } from './adapters/redis/redis-bus.ts';
import { createRedisClient } from './adapters/redis/redis-store.ts';
import { Broadcast } from './bus/broadcast.ts';
import { composeFollowing } from './compose-following.ts';
import type { Config } from './config.ts';
import { ConsistencyChecker } from './consistency-checker.ts';
import { createAdvice } from './domain/advice/create-advice.ts';
import { Cache } from './domain/cache/cache.ts';
import { realClock } from './domain/cache/clock.ts';
import { Local, type Forget } from './domain/cache/local.ts';
import { namespaceCollection, resourceCollection } from './domain/collections.ts';
import { Hearing } from './domain/hearing.ts';
import { Invalidator } from './domain/invalidator.ts';
import { DurableValues } from './domain/key-value/durable-values.ts';
import { VolatileValues } from './domain/key-value/volatile-values.ts';
import type { BoundResource } from './domain/resources/bound.ts';
import type { CacheFile, Namespace } from './domain/resources/resource.ts';
import { WriteThrough } from './domain/write-through.ts';
import { Writing } from './domain/writing.ts';
import { createCacheApp } from './http/app.ts';
import { namespaceShelf, resourceShelf, type Catalogue } from './http/catalogue.ts';
import { answerReads } from './http/reads.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createPurge, type Purge } from './purge/purge.ts';
import { tagsToPurge } from './domain/purge-tags.ts';
import type { Bus } from './ports/bus.ts';
import type { Prepared } from './prepare.ts';
import { Repairs } from './repairs.ts';
import { createSweeper } from './sweep-values.ts';
import { busOf } from './store-settings.ts';

/** From a commit to its invalidation, in ms, with what it takes when the leader changes left out. */
const ALLOWED_STALE_MS = 2_000;

export interface ComposeOptions {
  config: z.output<typeof Config>;
  file: CacheFile;
  prepared: Prepared;
  database: Database<unknown>;
  authenticate: Authenticate;
  registry: Registry;
  logger: Logger;
}

export interface Composed {
  components: Component[];
  listener: RequestListener;
}

/** All of it but the server that listens. */
export function compose(options: ComposeOptions): Composed {
  const { config, file, prepared, database, registry, logger } = options;
  const { pools, resources } = prepared;
  const clock = realClock;
  const store = createStore(config, logger);
  const hearing = new Hearing(config.L1_MAX_STALE_MS);
  const advice = createAdvice({
    l1: { bytes: config.L1_BYTES, policy: config.L1_POLICY },
    store: config.STORE,
    hearsChanges: config.INVALIDATION !== 'off',
    instances: () => broadcast.others.length + 1,
    *collections() {
      for (const { collection } of [...catalogue.resources.values(), ...catalogue.kv.values()]) {
        const { name, policy, source } = collection;
        yield { name, policy, hasSource: source !== undefined };
      }
    },
  });
  const local = new Local(
    config.L1_BYTES,
    () => hearing.isGood,
    config.L1_POLICY,
    (what) => advice.changed(what),
  );
  const broadcast = new Broadcast({
    bus: createBus(options),
    local,
    hearing,
    maxStaleMs: config.L1_MAX_STALE_MS,
    logger,
  });
  const visibilities = new Map(
    [...resources.map(({ declaration }) => declaration), ...file.namespaces].map((one) => [
      one.name,
      one.visibility,
    ]),
  );
  const cdn = createCdn(options);
  const purge = async (what: Forget): Promise<void> => {
    const isShared = (name: string): boolean => visibilities.get(name) !== 'private';
    const tags = cdn === undefined ? [] : tagsToPurge(what, isShared);
    if (tags.length > 0) await cdn?.enqueue(tags.map((tag) => `#${tag}`));
  };
  const invalidator = new Invalidator({ store, local, announce: broadcast, purge });
  const repairs = new Repairs({ invalidate: (what) => invalidator.invalidate(what), logger });
  const through = new WriteThrough(invalidator, clock, (what) => repairs.add(what));
  const metrics: Metrics = createMetrics(registry, {
    local: () => local.size,
    isHearing: () => hearing.isGood,
    pendingRepairs: () => repairs.pending,
  });
  const checker = new ConsistencyChecker({
    share: config.CHECKED_SHARE,
    allowedMs: ALLOWED_STALE_MS + config.L1_MAX_STALE_MS,
    clock,
    read: (collection, id) => cache.get(collection, id),
    onVerdict: (collection, verdict) => metrics.checked(collection, verdict),
    logger,
  });
  const cache = new Cache({
    store,
    local,
    clock,
    maxStaleMs: config.L1_MAX_STALE_MS,
    concurrency: { running: config.LOADS_AT_ONCE, waiting: config.LOADS_WAITING },
    onAnswer(collection, id, answer, tookMs) {
      metrics.answered(collection, answer);
      checker.observe(collection, id, answer);
      const { tier, state, entry } = answer;
      const now = clock.now();
      const ageMs = Math.max(0, now - entry.storedAt);
      const about = { tier, state, sizeBytes: entry.body.length, loadMs: entry.loadMs, ageMs };
      advice.record(collection.name, id, { ...about, now, tookMs, tags: entry.tags });
    },
  });

  const shelveResource = (resource: BoundResource) => {
    const collection = resourceCollection(resource, new ResourceSource(resource, pools));
    const isWritable = resource.kind === 'table' && resource.declaration.writable.length > 0;
    const writing = isWritable
      ? new Writing(collection, resource.declaration.strategy, {
          table: new ResourceWriter(resource, pools),
          through,
          resources,
        })
      : undefined;
    return resourceShelf(resource, collection, writing);
  };
  const shelveNamespace = (namespace: Namespace) => {
    const table = namespace.kind === 'postgres' ? new PostgresValues(namespace.name, pools) : undefined;
    const collection = namespaceCollection(namespace, table);
    const values =
      table === undefined
        ? new VolatileValues(collection, invalidator, clock)
        : new DurableValues(collection, table, through);
    return namespaceShelf(namespace, collection, values);
  };
  const catalogue: Catalogue = {
    resources: new Map(resources.map((resource) => [resource.name, shelveResource(resource)])),
    kv: new Map(file.namespaces.map((namespace) => [namespace.name, shelveNamespace(namespace)])),
  };

  const following = composeFollowing({
    mode: config.INVALIDATION,
    name: config.STREAM_NAME,
    databaseUrl: config.DATABASE_URL,
    database,
    resources,
    namespaces: file.namespaces,
    store,
    invalidator,
    logger,
    registry,
    ttlSeconds: config.LEASE_SECONDS,
  });

  const degraded = (check: () => Promise<void>) => () =>
    check().then(
      () => undefined,
      (error: Error) => `degraded: ${error.message}`,
    );
  const app = createCacheApp({
    logger,
    registry,
    authenticate: options.authenticate,
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
    readiness: {
      database: degraded(() => database.check()),
      store: degraded(() => store.check()),
      bus: async () =>
        hearing.isGood ? undefined : 'degraded: the bus is not heard, nothing kept in this process is used',
      stream: () => following.note(),
      repairs: async () =>
        repairs.pending === 0 ? undefined : `degraded: ${repairs.pending} writes are not invalidated yet`,
    },
    catalogue,
    store,
    invalidator,
    advice,
    status: async () => ({
      instance: broadcast.instance,
      others: broadcast.others,
      store: config.STORE,
      bus: { kind: busOf(config), heard: hearing.isGood },
      l1: local.size,
      stream: await following.status(),
      repairs: repairs.pending,
      ...(cdn === undefined ? {} : { purges: await cdn.status() }),
    }),
  });
  const listener = answerReads({
    cache,
    authenticate: options.authenticate,
    catalogue,
    app,
    logger,
    onRead: ({ collection }, ms) => metrics.read(collection.name, ms),
  });

  return {
    listener,
    components: [
      database.component,
      { name: 'connections for loads', stop: () => pools.close() },
      { name: 'store', start: () => awaitStore(store, logger), stop: () => store.close() },
      broadcast,
      repairs,
      ...(file.namespaces.some(({ kind }) => kind === 'postgres')
        ? [createSweeper(database, { logger, ttlSeconds: config.LEASE_SECONDS })]
        : []),
      ...(cdn?.components ?? []),
      ...following.components,
      { name: 'loads', stop: () => cache.settled() },
      checker,
    ],
  };
}

function createCdn({ config, database, logger, registry }: ComposeOptions): Purge | undefined {
  const { CLOUDFRONT_DISTRIBUTION_ID: distributionId } = config;
  if (distributionId === undefined) return undefined;
  return createPurge({
    db: database.db,
    aws: awsSettingsOf(config),
    distributionId,
    budgetPerMonth: config.PURGE_BUDGET_PER_MONTH,
    everySeconds: config.PURGE_EVERY_SECONDS,
    logger,
    registry,
    ttlSeconds: config.LEASE_SECONDS,
  });
}

function createBus({ config, database, logger }: ComposeOptions): Bus {
  const channel = `${config.STREAM_NAME}:${config.STORE_PREFIX}bus`;
  switch (busOf(config)) {
    case 'none':
      if (config.STORE !== 'memory') {
        logger.warn('BUS=none is for one instance: others would not hear what it invalidates');
      }
      return createNoneBus();
    case 'redis': {
      const onError = saySometimes(logger);
      const client = { ...redisOptions(config), timeoutMs: config.STORE_TIMEOUT_MS, onError };
      return createRedisBus(() => createRedisClient(client), channel);
    }
    case 'postgres':
      return createPostgresBus({ databaseUrl: config.DATABASE_URL, pool: database.pool, channel, logger });
  }
}
