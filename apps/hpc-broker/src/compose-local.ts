import { availableParallelism, hostname } from 'node:os';
import { createLeader, type Lease } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createLocalEngine } from './adapters/local/local-engine.ts';
import { claimStateDir, type StateDirectory } from './adapters/local/state-directory.ts';
import { createDispatching } from './adapters/postgres/dispatching.ts';
import { createEngineBeats } from './adapters/postgres/engine-beats.ts';
import { createOutputLog } from './adapters/postgres/output.ts';
import type { StagingSettings } from './dispatch/attend.ts';
import type { Bell } from './dispatch/bell.ts';
import { keepDispatching } from './dispatch/dispatch.ts';
import type { EngineOffer } from './domain/planner/settings.ts';
import type { ProjectRules } from './domain/sharing/project-file.ts';
import type { LocalSettings } from './local-settings.ts';
import type { Metrics } from './metrics.ts';

export interface LocalParts {
  config: LocalSettings;
  db: Kysely<unknown>;
  bell: Bell;
  rulesOf: (project: string) => ProjectRules;
  staging: StagingSettings;
  keepBytes: number;
  ttlSeconds: number;
  metrics: Metrics;
  logger: Logger;
  around: Around;
}

/** Puts something between the dispatcher and what it talks to. Tests do: they kill the process there. */
export type Around = <P extends object>(port: string, own: P) => P;

/** What plans name: the local engines of all brokers, which can stand in for each other. */
export const POOL = 'local';
/** Between two sayings of what is free. */
const BEAT_MS = 2_000;
/** What its own spawner does not know any more was taken by nobody else. */
const VANISHED_MS = 10_000;

/** Processes of this machine: the engine, and the dispatcher that keeps it busy as long as it has the lease. */
export function composeLocal(parts: LocalParts): { components: Component[]; offer: EngineOffer } {
  const { config, db, logger, ttlSeconds, metrics } = parts;
  const directory: StateDirectory = claimStateDir(config.LOCAL_STATE_DIR);
  const name = `${POOL}-${hostname()}-${directory.engineId.slice(0, 8)}`;
  let holds = false;
  const engine = createLocalEngine({
    name,
    stateDir: directory.path,
    engineId: directory.engineId,
    slots: config.LOCAL_SLOTS ?? availableParallelism(),
    memoryMiB: config.LOCAL_MEMORY_MIB,
    gpus: config.LOCAL_GPUS,
    onStop: config.LOCAL_ENGINE_ON_STOP,
    orphanSeconds: config.LOCAL_ORPHAN_SECONDS,
    holdsLease: () => holds,
    logger,
  });
  metrics.engine(name, () => engine.capacity());
  const leader = createLeader({
    db,
    name: `engine:${name}`,
    logger,
    ttlSeconds,
    async lead(lease, signal) {
      holds = !signal.aborted;
      signal.addEventListener('abort', () => (holds = false), { once: true });
      await Promise.all([beats.beat(), engine.beat()]);
      await keepDispatching(dispatchParts(parts, engine, lease), signal);
    },
  });
  const beats = createEngineBeats({
    db,
    engine,
    pool: POOL,
    notes: () => engine.describe(),
    orphanSeconds: config.LOCAL_ORPHAN_SECONDS,
    lease: () => leader.lease,
    everyMs: BEAT_MS,
    logger,
  });
  const { cores, memoryMiB, gpus } = engine.capacity();
  return {
    offer: { name: POOL, kind: 'local', cores, memoryMiB, gpus, purchase: ['owned'], sharesCores: true },
    components: [{ name: 'state directory', stop: () => directory.release() }, engine, leader, beats],
  };
}

function dispatchParts(
  { db, bell, rulesOf, staging, keepBytes, metrics, logger, around }: LocalParts,
  engine: ReturnType<typeof createLocalEngine>,
  lease: Lease,
): Parameters<typeof keepDispatching>[0] {
  const dispatching = createDispatching({ db, lease, engine: engine.name, pool: POOL, rulesOf });
  return {
    engine: around('engine', engine),
    dispatching: around('dispatching', {
      ...dispatching,
      async write(seen) {
        const ended = await dispatching.write(seen);
        metrics.ended(engine.name, ended);
        return ended;
      },
    }),
    bell,
    logger,
    vanishedMs: VANISHED_MS,
    staging,
    output: { log: around('output', createOutputLog({ db, lease, keepBytes })), keepBytes },
  };
}
