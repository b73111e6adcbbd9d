import { createLeader, type Database } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import { setTimeout as delay } from 'node:timers/promises';
import { VALUE_TABLE } from './adapters/postgres/value-table.ts';

/** Of one statement, so that none takes long. */
const AT_ONCE = 1_000;
const EVERY_MS = 60_000;

/** Removes values that have ended. Nobody sees them any more; they only take room. */
export function createSweeper(
  { db, pool }: Pick<Database<unknown>, 'db' | 'pool'>,
  { logger, ttlSeconds, everyMs = EVERY_MS }: { logger: Logger; ttlSeconds: number; everyMs?: number },
): Component {
  return createLeader({
    db,
    name: 'sweeping',
    logger,
    ttlSeconds,
    async lead(_lease, signal) {
      while (!signal.aborted) {
        const removed = await sweep(pool);
        if (removed < AT_ONCE) await delay(everyMs, undefined, { signal }).catch(() => {});
      }
    },
  });
}

async function sweep(pool: Database<unknown>['pool']): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM ${VALUE_TABLE} WHERE (namespace, key) IN (
       SELECT namespace, key FROM ${VALUE_TABLE} WHERE expires_at < now() LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
       AND expires_at < now()`,
  );
  return rowCount ?? 0;
}
