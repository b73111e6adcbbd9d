import { createLeader, type Database } from '@groundwork/database';
import type { Component, Logger, Registry } from '@groundwork/service';
import { once } from 'node:events';
import { VALUE_TABLE } from './adapters/postgres/value-table.ts';
import type { BoundResource } from './domain/resources/bound.ts';
import type { Namespace } from './domain/resources/resource.ts';
import type { Invalidator } from './domain/invalidator.ts';
import { dropReplication } from './invalidation/drop-replication.ts';
import { createFollow } from './invalidation/follow.ts';
import { dropNotify } from './invalidation/notify-triggers.ts';
import { createNotify } from './invalidation/notify.ts';
import { createReplication } from './invalidation/replication.ts';
import type { Store } from './ports/store.ts';

export interface FollowingOptions {
  mode: 'replication' | 'notify' | 'off';
  name: string;
  databaseUrl: string;
  database: Database<unknown>;
  resources: readonly BoundResource[];
  namespaces: readonly Namespace[];
  store: Store;
  invalidator: Invalidator<unknown>;
  logger: Logger;
  registry: Registry;
  ttlSeconds: number;
}

export interface Following {
  components: Component[];
  status: () => Promise<unknown>;
  /** A sentence when changes that others make are not heard of. */
  note: () => Promise<string | undefined>;
}

/** How changes that others make in the database are heard of. */
export function composeFollowing(options: FollowingOptions): Following {
  const { mode, name, database, resources, store, invalidator, logger } = options;
  const durable = options.namespaces.filter(({ kind }) => kind === 'postgres').map((one) => one.name);
  const columns = columnsNeeded(resources, durable.length > 0);
  if (mode === 'off' || Object.keys(columns).length === 0) {
    const note = mode === 'off' ? 'off: entries live for their TTL, whatever others write' : undefined;
    return {
      components: [
        tidy(options, (pool) => Promise.all([dropReplication(pool, name), dropNotify(pool, name)])),
      ],
      status: async () => ({ mode: 'off' }),
      note: async () => note,
    };
  }
  const trouble: Trouble = {};
  const stream = {
    databaseUrl: options.databaseUrl,
    pool: database.pool,
    name,
    logger,
    registry: options.registry,
    apply: watched(
      createFollow({
        resources,
        valuesTable: VALUE_TABLE,
        namespaces: durable,
        store,
        invalidate: (what) => invalidator.invalidate(what),
        tellOthers: (what) => invalidator.forget(what),
      }),
      trouble,
    ),
    applyAll: () => invalidator.invalidate({ namespaces: [...resources.map((one) => one.name), ...durable] }),
  };
  const follower =
    mode === 'notify'
      ? createNotify({ ...stream, columns })
      : createReplication({
          ...stream,
          db: database.db,
          tables: Object.keys(columns),
          ttlSeconds: options.ttlSeconds,
        });
  const other = mode === 'notify' ? dropReplication : dropNotify;
  return {
    components: [follower, tidy(options, (pool) => other(pool, name))],
    status: () => follower.status(),
    async note() {
      if (trouble.since !== undefined && performance.now() - trouble.since > TROUBLE_MS) {
        return `degraded: changes are heard of and cannot be invalidated: ${trouble.message}`;
      }
      return follower.check().then(
        () => undefined,
        (error: Error) => `degraded: ${error.message}; entries live for their TTL`,
      );
    },
  };
}

/** Since when, in ms of our own clock, changes could not be invalidated. */
interface Trouble {
  since?: number | undefined;
  message?: string;
}

/** A failover takes less; it is tried again and again all the while. */
const TROUBLE_MS = 5_000;

function watched<T>(apply: (batch: T) => Promise<void>, trouble: Trouble): (batch: T) => Promise<void> {
  return async (batch) => {
    try {
      await apply(batch);
      trouble.since = undefined;
    } catch (error) {
      trouble.since ??= performance.now();
      trouble.message = (error as Error).message;
      throw error;
    }
  };
}

/** By table, those from which the keys follow. */
function columnsNeeded(resources: readonly BoundResource[], hasDurable: boolean): Record<string, string[]> {
  const columns: Record<string, string[]> = hasDurable ? { [VALUE_TABLE]: ['namespace', 'key'] } : {};
  for (const watch of resources.flatMap(({ watches }) => watches)) {
    columns[watch.table] = [...new Set([...(columns[watch.table] ?? []), ...(watch.columns ?? [])])];
  }
  return columns;
}

/** What another mode has left behind: a slot that nobody follows fills the server's disk. */
function tidy(
  { database, logger, ttlSeconds }: FollowingOptions,
  clean: (pool: Database<unknown>['pool']) => Promise<unknown>,
): Component {
  return createLeader({
    db: database.db,
    name: 'tidying',
    logger,
    ttlSeconds,
    async lead(_lease, signal) {
      await clean(database.pool);
      if (!signal.aborted) await once(signal, 'abort');
    },
  });
}
