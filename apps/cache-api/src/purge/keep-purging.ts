import type { Lease } from '@groundwork/database';
import type { Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff, type BackoffOptions } from './backoff.ts';
import {
  fencedBy,
  markCompleted,
  markFailed,
  markSent,
  markUnknown,
  openBatches,
  split,
  type Batch,
  type Fenced,
} from './batches.ts';
import { kindOf, kindOfFormer, type Cdn } from './cdn.ts';
import type { PurgeMetrics } from './metrics.ts';
import { take, type TakeOptions } from './take.ts';

export interface PurgingParts {
  db: Kysely<unknown>;
  cdn: Cdn;
  backoff: BackoffOptions;
  limits: Omit<TakeOptions, 'at' | 'holder'>;
  everySeconds: number;
  metrics: PurgeMetrics;
  logger: Logger;
  now: () => number;
  /** Items are left to their TTL. */
  onLeft: () => void;
}

/** How often it is asked whether the CDN is done, in ms; it takes seconds to minutes. */
const FOLLOW_MS = 2_000;

/**
 * As long as this process leads. A batch goes from recorded (its items are out of the queue, its caller reference
 * is fixed) to sent (the CDN has named it) to completed. Whoever leads next finds in the database where it is, and
 * does the step again: each can be done twice.
 */
export async function keepPurging(parts: PurgingParts, lease: Lease, signal: AbortSignal): Promise<void> {
  const fenced = fencedBy(parts.db, lease);
  const steps = createSteps(parts, { fenced, holder: lease.holder, signal });
  const every = parts.everySeconds * 1_000;
  let due = performance.now();
  while (!signal.aborted) {
    let batches = await openBatches(parts.db);
    for (const batch of batches.filter(isSent)) await steps.follow(batch);
    // While the CDN cannot be told, what is asked for goes on merging in the queue.
    if (performance.now() >= due && batches.every(isSent)) {
      await steps.takeOne();
      due = performance.now() + every;
    }
    batches = await openBatches(parts.db);
    for (const batch of batches.filter((one) => !isSent(one))) await steps.send(batch);
    const untilDue = Math.max(0, due - performance.now());
    const pause = batches.length === 0 ? untilDue : Math.min(every, FOLLOW_MS);
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

const isSent = ({ invalidation }: Batch): boolean => invalidation !== null;

function createSteps(
  { limits, cdn, backoff, metrics, logger, now, onLeft }: PurgingParts,
  { fenced, holder, signal }: { fenced: Fenced; holder: string; signal: AbortSignal },
) {
  const at = (): Date => new Date(now());

  // CloudFront throttles the account, so no batch is sent while one has to wait; but each is followed by itself:
  // one that nobody may ask about must not keep others from being sent or done.
  const sending = new Backoff(backoff);
  const following = new Map<number, Backoff>();

  function followingOf({ id }: Batch): Backoff {
    const own = following.get(id) ?? new Backoff(backoff);
    following.set(id, own);
    return own;
  }

  /** One call, unless it is too early for one after those that failed; undefined when nothing came of it. */
  async function call<T>(batch: Batch, own: Backoff, make: () => Promise<T>): Promise<T | undefined> {
    if (!own.isOver || signal.aborted) return undefined;
    try {
      const result = await make();
      own.succeeded();
      return result;
    } catch (error) {
      if (!signal.aborted) {
        own.failed();
        await failed(batch, error);
      }
      return undefined;
    }
  }

  async function failed(batch: Batch, error: unknown): Promise<void> {
    const { name, message } = error as Error;
    const kind = batch.distribution === limits.distribution ? kindOf(error) : kindOfFormer(error);
    const isGivenUp = kind === 'absent' || (kind === 'refused' && batch.items.length === 1);
    logger.warn({ error, items: batch.items.length }, `the CDN cannot be purged: ${name}`);
    await fenced(async (tx) => {
      await markFailed(tx, batch, `${name}: ${message}`, at());
      if (kind === 'unknown') await markUnknown(tx, batch);
      if (isGivenUp) await markCompleted(tx, batch, { at: at(), holder, isRefused: true });
      else if (kind === 'refused') await split(tx, batch);
    });
    if (!isGivenUp) return;
    metrics.counted('refused', batch.items.length);
    logger.error({ items: batch.items, error }, 'the CDN refuses this, and keeps it for its TTL');
  }

  return {
    async takeOne() {
      const { taken, collapsed, expired, left, leftAll } = await fenced((tx) =>
        take(tx, { ...limits, at: at(), holder }),
      );
      metrics.counted('collapsed', collapsed);
      metrics.counted('expired', expired);
      metrics.counted('left', left);
      if (taken > 0) logger.debug({ taken, collapsed }, `${taken} items are to be purged`);
      if (leftAll > 0) onLeft();
    },

    async send(batch: Batch) {
      const invalidation = await call(batch, sending, () => cdn.invalidate(batch, signal));
      if (invalidation === undefined) return;
      await fenced((tx) => markSent(tx, batch, invalidation, at()));
      metrics.counted('sent', batch.items.length);
    },

    async follow(batch: Batch) {
      if ((await call(batch, followingOf(batch), () => cdn.isCompleted(batch, signal))) !== true) return;
      following.delete(batch.id);
      const end = now();
      await fenced((tx) => markCompleted(tx, batch, { at: new Date(end), holder }));
      metrics.completed(batch.requestedAt.map((from) => Math.max(0, end - from.getTime()) / 1_000));
    },
  };
}
