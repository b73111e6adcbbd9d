import type { Pool } from 'pg';
import { isPast, markNow, untilPast } from './visibility.ts';

/**
 * Invalidates everything, from which on commits are told.
 *
 * A transaction that was under way when that began may be told of no more: a new slot and an altered
 * publication are for what begins later, and the queue of notifications forgets what is in it when
 * nobody listens. If it becomes visible only after everything was invalidated, nobody would
 * ever know. So if any is under way, `rest` has to be run: it invalidates everything once more when all of
 * them have ended, which may take as long as the longest of them.
 */
export async function invalidateAll(
  pool: Pool,
  all: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ rest: (() => Promise<void>) | undefined }> {
  const mark = await markNow(pool);
  const isQuiet = await isPast(pool, mark);
  await all();
  return {
    rest: isQuiet
      ? undefined
      : async () => {
          await untilPast(pool, mark, signal);
          await all();
        },
  };
}
