import { setTimeout as delay } from 'node:timers/promises';
import { createLeader, forgetOldKeys, inTransaction } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { forgetJobs, forgetPlans } from './adapters/postgres/forget.ts';

export interface ForgettingOptions {
  db: Kysely<unknown>;
  days: number;
  ttlSeconds: number;
  logger: Logger;
  everyMs?: number;
}

const EVERY_MS = 600_000;
/** Between two parts, so that whoever works is not held up. */
const REST_MS = 100;

/** One of the brokers forgets what ended long ago, and keys that are promised for a day only. */
export function createForgetting({
  db,
  days,
  ttlSeconds,
  logger,
  everyMs = EVERY_MS,
}: ForgettingOptions): Component {
  return createLeader({
    db,
    name: 'forgetting',
    logger,
    ttlSeconds,
    async lead(lease, signal) {
      const rest = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);
      while (!signal.aborted) {
        const jobs = await forgetJobs(db, lease, days);
        if (jobs > 0) {
          logger.info({ jobs }, `${jobs} jobs that ended more than ${days} days ago are forgotten`);
          await rest(REST_MS);
          continue;
        }
        await forgetPlans(db, days);
        await inTransaction(db, forgetOldKeys);
        await rest(everyMs);
      }
    },
  });
}
