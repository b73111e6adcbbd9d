import { randomUUID } from 'node:crypto';
import { takeLease, type Lease } from '@groundwork/database';
import type { Kysely } from 'kysely';
import { createEngineBeats } from '../../src/adapters/postgres/engine-beats.ts';
import type { Capacity, Engine } from '../../src/ports/engine.ts';
import { logger } from './database.ts';

export const CAPACITY: Capacity = {
  cores: 8,
  freeCores: 8,
  memoryMiB: 16_384,
  freeMemoryMiB: 16_384,
  gpus: 1,
  freeGpus: 1,
};

export interface EngineWords extends Partial<Capacity> {
  name?: string;
  kind?: Engine['kind'];
  orphanSeconds?: number;
  everyMs?: number;
  lease?: () => Lease | undefined;
}

/** An engine of the pool `local` that can do nothing but say what it is. */
export function beats(db: Kysely<unknown>, words: EngineWords = {}) {
  const { name = 'local', kind = 'local', orphanSeconds = 1, everyMs = 1_000, ...capacity } = words;
  return createEngineBeats({
    db,
    engine: { name, kind, capacity: () => ({ ...CAPACITY, ...capacity }) },
    pool: 'local',
    offer: () => ({ purchase: ['owned'], sharesCores: true }),
    host: `host of ${name}`,
    notes: () => ['no cgroups: memory is held to by rlimits only'],
    orphanSeconds,
    lease: words.lease ?? (() => undefined),
    everyMs,
    logger,
  });
}

/** One that has been led, and has beaten once. */
export async function led(db: Kysely<unknown>, words: EngineWords = {}, ttlSeconds = 60): Promise<Lease> {
  const lease = await takeLease(db, `engine:${words.name ?? 'local'}`, randomUUID(), ttlSeconds);
  if (lease === undefined) throw new Error('somebody else has the lease');
  await beats(db, { ...words, lease: () => lease }).beat();
  return lease;
}
