import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { Entries } from './ports/entries.ts';
import type { TakenLogs } from './ports/logs.ts';

/** An index lookup that finds nothing costs next to nothing, and an expiry is honoured to the second. */
const EVERY_MS = 500;
const FORGET_EVERY_MS = 3_600_000;

/** Writes down what has expired, and forgets what is of no use any more, as long as this process leads. */
export async function keepExpiring(
  entries: Entries,
  logs: Pick<TakenLogs, 'forget'>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let forgotten = -FORGET_EVERY_MS;
  while (!signal.aborted) {
    const count = await entries.expire();
    if (count > 0) logger.info({ count }, `${count} entries expired`);
    if (performance.now() - forgotten > FORGET_EVERY_MS) {
      await entries.forgetKeys();
      await logs.forget();
      forgotten = performance.now();
    }
    if (count > 0) continue; // perhaps not all of them
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
