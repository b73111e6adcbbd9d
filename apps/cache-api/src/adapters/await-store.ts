import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../ports/store.ts';

/** Connecting takes a few ms; a store that is away must not hold up a start. */
const PATIENCE = { forMs: 2_000, everyMs: 50 };

/** So that the first requests are not answered without the store only because it is still being connected to. */
export async function awaitStore(
  store: Pick<Store, 'check'>,
  logger: { warn(about: object, text: string): void },
  { forMs, everyMs } = PATIENCE,
): Promise<void> {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await store.check();
    } catch (error) {
      if (performance.now() >= until) {
        return logger.warn({ error }, 'the store does not answer: starting without it, until it does');
      }
    }
    await delay(everyMs);
  }
}
