import { setTimeout as delay } from 'node:timers/promises';

/** Of one load at the same time; more is left out: what waits for something that is away must not pile up. */
const MOST_AT_ONCE = 25;

/** Does it so many times a second, by chance evenly spread, until the signal aborts; resolves when all have ended. */
export async function pace(
  perSecond: number,
  work: () => Promise<unknown>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let next = performance.now();
  while (!signal.aborted) {
    next = Math.max(next - (1_000 / perSecond) * Math.log(1 - Math.random()), performance.now() - 1_000);
    await delay(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted || running.size >= MOST_AT_ONCE) continue;
    const one: Promise<void> = work().then(
      () => void running.delete(one),
      (error: unknown) => {
        running.delete(one);
        onError(error);
      },
    );
    running.add(one);
  }
  await Promise.all(running);
}
