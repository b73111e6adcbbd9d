import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';

/** What waits for its turn, and what may be confirmed once it is applied. */
export interface Waiting {
  bytes: number;
  /** Confirms this position, when it and all before it are applied. */
  position: bigint;
}

export interface Applier<Item extends Waiting> {
  push(item: Item): void;
  /** All until here was received, and there is nothing in it that was not pushed. */
  reached(position: bigint): void;
  readonly confirmed: bigint;
  /** Ends when the signal aborts, after the call that is under way, if any, has ended. Rejects when `ready` does. */
  readonly done: Promise<void>;
}

/** What may wait, before no more is read. One that is larger alone is taken all the same. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ITEMS = 10_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;

/**
 * Applies in order, all that has gathered meanwhile as one batch, again until it succeeds; only then is it confirmed.
 *
 * States: idle → (push) → getting ready → applying ⇄ pausing after a failure → idle, or getting
 * ready again when more has come. Full or not is beside that: `onFull` tells when it changes.
 */
export function createApplier<Item extends Waiting>(options: {
  /** Resolves when the batch may be applied. */
  ready: (batch: readonly Item[]) => Promise<void>;
  apply: (batch: readonly Item[]) => Promise<void>;
  onApplied: (batch: readonly Item[], confirmed: bigint) => void;
  onFull: (isFull: boolean) => void;
  signal: AbortSignal;
  logger: Logger;
}): Applier<Item> {
  const { signal, logger } = options;
  let waiting: Item[] = [];
  let inWork: readonly Item[] = [];
  let bytes = 0;
  let isFull = false;
  let confirmed = 0n;
  let wake = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => wake.resolve(), { once: true });

  function measure(): void {
    const now = bytes > MOST_BYTES || waiting.length + inWork.length > MOST_ITEMS;
    if (now === isFull) return;
    isFull = now;
    options.onFull(now);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (waiting.length === 0) {
        await wake.promise;
        wake = Promise.withResolvers();
        continue;
      }
      inWork = waiting;
      waiting = [];
      try {
        await options.ready(inWork);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      if (
        !(await untilDone(() => options.apply(inWork), 'changes could not be applied', { signal, logger }))
      ) {
        return;
      }
      const done = inWork;
      inWork = [];
      for (const item of done) bytes -= item.bytes;
      confirmed = done.at(-1)?.position ?? confirmed;
      measure();
      options.onApplied(done, confirmed);
    }
  }

  return {
    push(item) {
      waiting.push(item);
      bytes += item.bytes;
      measure();
      wake.resolve();
    },
    reached(position) {
      const last = waiting.at(-1) ?? inWork.at(-1);
      if (last === undefined) confirmed = position > confirmed ? position : confirmed;
      else if (position > last.position) last.position = position;
    },
    get confirmed() {
      return confirmed;
    },
    done: run(),
  };
}

/** Again and again until it succeeds. False when the signal has aborted before. */
export async function untilDone(
  work: () => Promise<void>,
  what: string,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<boolean> {
  for (let pause = FIRST_RETRY_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
    try {
      await work();
      return true;
    } catch (error) {
      logger.warn({ error }, `${what} and are tried again: ${(error as Error).message}`);
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
