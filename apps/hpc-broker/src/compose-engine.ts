import { createLeader, type Lease } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createDispatching } from './adapters/postgres/dispatching.ts';
import { createEngineBeats } from './adapters/postgres/engine-beats.ts';
import { createOutputLog } from './adapters/postgres/output.ts';
import type { StagingSettings } from './dispatch/attend.ts';
import type { Bell } from './dispatch/bell.ts';
import { keepDispatching } from './dispatch/dispatch.ts';
import type { OfferDetails } from './domain/planner/settings.ts';
import type { ProjectRules } from './domain/sharing/project-file.ts';
import type { Metrics } from './metrics.ts';
import type { Engine } from './ports/engine.ts';

/** What the dispatcher of any engine needs. */
export interface EngineParts {
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

export interface Led {
  engine: Engine & { describe(): readonly string[] };
  /** What plans name. */
  pool: string;
  /** Of the machine that it is; without it that of this broker. */
  host?: string;
  offer: () => OfferDetails;
  /** See EngineBeatsOptions. */
  orphanSeconds: number;
  /** What the engine does not know any more was taken by nobody else, in ms. */
  vanishedMs: number;
  /** Told when this process begins to lead it, and awaited before anything is placed. */
  began?: (signal: AbortSignal) => Promise<void>;
  /** Told when it does not any more. */
  ended?: () => Promise<void>;
}

/** Between two sayings of what is free. */
const BEAT_MS = 2_000;

/** Keeps an engine busy, as long as this process is the one that has the lease for it. */
export function composeEngine(parts: EngineParts, led: Led): Component[] {
  const { db, logger, metrics, ttlSeconds } = parts;
  const { engine, pool, host, offer, orphanSeconds, began, ended } = led;
  metrics.engine(engine.name, () => engine.capacity());
  const leader = createLeader({
    db,
    name: `engine:${engine.name}`,
    logger,
    ttlSeconds,
    async lead(lease, signal) {
      try {
        await began?.(signal);
        await beats.beat();
        await keepDispatching(dispatchParts(parts, led, lease), signal);
      } finally {
        await ended?.();
      }
    },
  });
  const beats = createEngineBeats({
    db,
    engine,
    pool,
    host,
    offer,
    notes: () => engine.describe(),
    orphanSeconds,
    lease: () => leader.lease,
    everyMs: BEAT_MS,
    logger,
  });
  return [leader, beats];
}

function dispatchParts(
  { db, bell, rulesOf, staging, keepBytes, metrics, logger, around }: EngineParts,
  { engine, pool, vanishedMs }: Led,
  lease: Lease,
): Parameters<typeof keepDispatching>[0] {
  const dispatching = createDispatching({ db, lease, engine: engine.name, pool, rulesOf });
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
    vanishedMs,
    staging,
    output: { log: around('output', createOutputLog({ db, lease, keepBytes })), keepBytes },
  };
}
