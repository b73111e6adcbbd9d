import { availableParallelism, hostname } from 'node:os';
import type { Component } from '@groundwork/service';
import { createLocalEngine } from './adapters/local/local-engine.ts';
import { claimStateDir, type StateDirectory } from './adapters/local/state-directory.ts';
import { composeEngine, type EngineParts } from './compose-engine.ts';
import type { EngineOffer, OfferDetails } from './domain/planner/settings.ts';
import type { LocalSettings } from './local-settings.ts';

/** What plans name: the local engines of all brokers, which can stand in for each other. */
export const POOL = 'local';
/** What its own spawner does not know any more was taken by nobody else. */
const VANISHED_MS = 10_000;

/** Processes of this machine: the engine, and the dispatcher that keeps it busy as long as it has the lease. */
export function composeLocal(
  config: LocalSettings,
  parts: EngineParts,
): { components: Component[]; offer: EngineOffer } {
  const directory: StateDirectory = claimStateDir(config.LOCAL_STATE_DIR);
  let holds = false;
  const engine = createLocalEngine({
    name: `${POOL}-${hostname()}-${directory.engineId.slice(0, 8)}`,
    stateDir: directory.path,
    engineId: directory.engineId,
    slots: config.LOCAL_SLOTS ?? availableParallelism(),
    memoryMiB: config.LOCAL_MEMORY_MIB,
    gpus: config.LOCAL_GPUS,
    onStop: config.LOCAL_ENGINE_ON_STOP,
    orphanSeconds: config.LOCAL_ORPHAN_SECONDS,
    holdsLease: () => holds,
    logger: parts.logger,
  });
  const offer: OfferDetails = { purchase: ['owned'], sharesCores: true };
  const { cores, memoryMiB, gpus } = engine.capacity();
  return {
    offer: { ...offer, name: POOL, kind: 'local', cores, memoryMiB, gpus },
    components: [
      { name: 'state directory', stop: () => directory.release() },
      engine,
      ...composeEngine(parts, {
        engine,
        pool: POOL,
        offer: () => offer,
        orphanSeconds: config.LOCAL_ORPHAN_SECONDS,
        vanishedMs: VANISHED_MS,
        async began(signal) {
          holds = !signal.aborted;
          signal.addEventListener('abort', () => (holds = false), { once: true });
          await engine.beat();
        },
      }),
    ],
  };
}
