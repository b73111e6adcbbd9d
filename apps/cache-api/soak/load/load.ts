import type { Soak } from '../soak.ts';
import { createGuests } from './guests.ts';
import { createInvalidations } from './invalidations.ts';
import { createKeyValues } from './key-values.ts';
import { createLeases } from './leases.ts';
import { pace } from './pace.ts';
import { createReads } from './reads.ts';
import { createRude } from './rude.ts';
import { createWrites } from './writes.ts';

export type Load = (signal: AbortSignal) => Promise<void>;

/** All loads together, each so many times a second; runs until the signal aborts, and can be run again. */
export function createLoad(soak: Soak): Load {
  const reads = createReads(soak);
  const writes = createWrites(soak, reads.aRow);
  const invalidations = createInvalidations(soak, reads.aRow);
  const [volatile, durable] = [createKeyValues(soak, soak.scratch), createKeyValues(soak, soak.settings)];
  const leases = createLeases(soak);
  const rude = createRude(soak, reads.aRow);
  const guests = createGuests(soak);
  const loads: [perSecond: number, work: () => Promise<unknown>][] = [
    [120, reads.single],
    [5, reads.batch],
    [8, reads.list],
    [10, reads.unknown],
    [12, writes.patch],
    [12, writes.sql],
    [5, guests.change],
    [4, invalidations.key],
    [0.7, invalidations.tag],
    [0.2, invalidations.namespace],
    [25, volatile.get],
    [8, volatile.write],
    [20, durable.get],
    [4, durable.write],
    [12, leases.read],
    [2, leases.change],
    [3, rude.hangUp],
    [1, rude.slowReader],
  ];
  return async (signal) => {
    const onError = (error: unknown): void =>
      soak.broken.add(
        'the soak itself',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    await Promise.all(loads.map(([perSecond, work]) => pace(perSecond, work, signal, onError)));
  };
}
