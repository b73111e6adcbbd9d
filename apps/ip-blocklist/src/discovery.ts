import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import { textOfRanges, type ProtectedRange } from './domain/protected-ranges.ts';
import type { Inventory } from './ports/inventory.ts';

export interface DiscoveryOptions {
  /** Undefined: only what is configured. */
  inventory: Inventory | undefined;
  configured: readonly ProtectedRange[];
  everySeconds: number;
  logger: Logger;
}

/** As long as there is no answer at all, it is asked for this often, in ms. */
const RETRY_MS = 2_000;

/**
 * What must stay reachable: what is configured, and what was discovered last. When that cannot be
 * read, the last good copy stays: nothing loses its protection because a dependency failed.
 */
export function createDiscovery(options: DiscoveryOptions): Component & {
  ranges(): readonly ProtectedRange[];
  /** For readiness: rejects until everything has been read once. */
  check(): Promise<void>;
} {
  const { inventory, configured, everySeconds, logger } = options;
  const stopping = new AbortController();
  let ranges = configured;
  let isComplete = inventory === undefined;
  let problem = 'it has not been read yet';
  let running: Promise<void> | undefined;

  async function read(from: Inventory): Promise<void> {
    try {
      const found = [...configured, ...(await from.read(stopping.signal))];
      // The same array as long as it says the same: others compute with it.
      if (textOfRanges(found) !== textOfRanges(ranges)) {
        ranges = found;
        logger.info({ count: found.length }, 'what must stay reachable has changed');
      }
      isComplete = true;
    } catch (error) {
      if (stopping.signal.aborted) return;
      problem = (error as Error).message;
      logger.warn({ error }, `what must stay reachable cannot be read: ${problem}`);
    }
  }

  async function follow(from: Inventory): Promise<void> {
    while (!stopping.signal.aborted) {
      const pause = isComplete ? everySeconds * 1_000 : RETRY_MS;
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await read(from);
    }
  }

  return {
    name: 'discovery of what is protected',
    ranges: () => ranges,
    async check() {
      if (!isComplete) throw new Error(`What must stay reachable is not known: ${problem}`);
    },
    async start() {
      if (inventory === undefined) return;
      // Once before anything is accepted; if that fails, this instance is just not ready yet.
      await read(inventory);
      running = follow(inventory);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
