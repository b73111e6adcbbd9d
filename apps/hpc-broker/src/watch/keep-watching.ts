import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { Moving } from './keep-moving.ts';
import type { LostEngine, LostEngines } from '../ports/lost-engines.ts';

export interface WatchingParts {
  lostEngines: LostEngines;
  /**
   * On top of an engine's orphanSeconds and a beat. It has to be longer than a lease lasts, as a broker that
   * cannot renew it may beat to its spawner until then, and the killing.
   */
  marginSeconds: number;
  everyMs: number;
  /** Without it nothing is planned anew. */
  moving?: Moving | undefined;
  /** Told once something was written off. */
  tell: () => void;
  logger: Logger;
}

/** Of one transaction. */
const WRITTEN_AT_ONCE = 500;
const FORGET_EVERY_MS = 3_600_000;

/**
 * Writes off what ran where nobody is left, so that it is run again elsewhere. An engine of this machine
 * kills all that it runs when its broker has been silent for orphanSeconds, so after these and a margin
 * nothing of it can have any effect any more. Slurm and AWS Batch go on without a broker: those are left
 * to whoever leads them next.
 */
export async function keepWatching(parts: WatchingParts, signal: AbortSignal): Promise<void> {
  const { lostEngines, marginSeconds, everyMs } = parts;
  let forgotten = -Infinity;
  while (!signal.aborted) {
    for (const engine of await lostEngines.find(marginSeconds)) {
      if (signal.aborted) return;
      await writeOff(parts, engine);
    }
    await parts.moving?.once(signal);
    if (performance.now() - forgotten > FORGET_EVERY_MS) {
      await lostEngines.forget();
      forgotten = performance.now();
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function writeOff({ lostEngines, tell, logger }: WatchingParts, engine: LostEngine): Promise<void> {
  const taken = await lostEngines.take(engine);
  if (taken === undefined) return;
  const { name, host, silentSeconds } = engine;
  try {
    const open = await taken.open();
    const reason = `nothing was heard of ${name} on ${host} for ${Math.round(silentSeconds)} s, so what ran there is dead`;
    for (let at = 0; at < open.length; at += WRITTEN_AT_ONCE) {
      const endedAt = new Date();
      await taken.write(
        open.slice(at, at + WRITTEN_AT_ONCE).map(({ job, element, number }) => ({
          job,
          element,
          number,
          sighting: { state: 'ended', ending: { by: 'lost', reason }, endedAt },
        })),
      );
    }
    logger.warn({ engine: name, attempts: open.length }, `${open.length} attempts written off: ${reason}`);
    tell();
  } finally {
    await taken.giveUp();
  }
}
