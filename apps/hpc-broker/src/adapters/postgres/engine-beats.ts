import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction, LostLease, requireLease, type Lease } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import { sql, type Kysely } from 'kysely';
import type { OfferDetails } from '../../domain/planner/settings.ts';
import type { Engine } from '../../ports/engine.ts';

export interface EngineBeatsOptions {
  db: Kysely<unknown>;
  engine: Pick<Engine, 'name' | 'kind' | 'capacity'>;
  /** What plans name; without it the engine's name. */
  pool?: string | undefined;
  /** Without it the name of this machine. */
  host?: string | undefined;
  /** What planning needs to know besides. */
  offer: () => OfferDetails;
  /** What it can hold attempts to, and what not, in sentences. */
  notes: () => readonly string[];
  /** Of the local engine: how long after the last beat everything it runs is killed. Of others it does not count. */
  orphanSeconds: number;
  /** For the lease `engine:<name>`; undefined as long as somebody else leads it. */
  lease: () => Lease | undefined;
  everyMs: number;
  logger: Logger;
}

export interface EngineBeats extends Component {
  /**
   * Says it now. To be awaited before the first attempt is placed under a lease: the watch writes off only
   * engines that it knows. Rejects with LostLease.
   */
  beat(): Promise<void>;
}

/** Says what an engine is and has free, for as long as this process leads it. */
export function createEngineBeats(options: EngineBeatsOptions): EngineBeats {
  const { db, engine, offer, notes, orphanSeconds, lease, everyMs, logger } = options;
  const { name, kind } = engine;
  const { pool = name, host = hostname() } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function beat(): Promise<void> {
    const held = lease();
    if (held === undefined) return;
    const {
      cores,
      freeCores,
      memoryMiB,
      freeMemoryMiB,
      gpus,
      freeGpus,
      nodes = 1,
      closed = null,
    } = engine.capacity();
    await inTransaction(db, async (tx) => {
      // Who leads no more must not say that it is alive.
      await requireLease(tx, held);
      await sql`
        INSERT INTO engines AS e (name, pool, kind, host, cores, free_cores, memory_mib, free_memory_mib, gpus, free_gpus,
          nodes, closed, closed_since, notes, offer, dies_with_host, orphan_seconds, beat_seconds)
        VALUES (${name}, ${pool}, ${kind}, ${host}, ${cores}, ${freeCores}, ${memoryMiB}, ${freeMemoryMiB},
          ${gpus}, ${freeGpus}, ${nodes}, ${closed}, CASE WHEN ${closed}::text IS NOT NULL THEN now() END, ${JSON.stringify(notes())}::jsonb, ${JSON.stringify(offer())}::jsonb, ${kind === 'local'}, ${orphanSeconds}, ${everyMs / 1_000})
        ON CONFLICT (name) DO UPDATE SET pool = excluded.pool, kind = excluded.kind, host = excluded.host,
          cores = excluded.cores, free_cores = excluded.free_cores, memory_mib = excluded.memory_mib,
          free_memory_mib = excluded.free_memory_mib, gpus = excluded.gpus, free_gpus = excluded.free_gpus,
          nodes = excluded.nodes, closed = excluded.closed, closed_since = CASE WHEN excluded.closed IS NOT NULL THEN coalesce(e.closed_since, now()) END, notes = excluded.notes, offer = excluded.offer, dies_with_host = excluded.dies_with_host,
          orphan_seconds = excluded.orphan_seconds, beat_seconds = excluded.beat_seconds, seen_at = clock_timestamp()`.execute(
        tx,
      );
    });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await beat().catch((error: unknown) => {
        // The next leader says it.
        if (!(error instanceof LostLease))
          logger.warn({ error, engine: name }, 'the beat could not be written');
      });
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: `beats of ${name}`,
    beat,
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
