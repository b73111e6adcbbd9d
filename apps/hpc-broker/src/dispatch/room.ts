import { takesOf } from '../domain/jobs/takes.ts';
import type { Candidate, Room } from '../domain/sharing/choose.ts';
import type { Capacity } from '../ports/engine.ts';
import type { Placed } from '../ports/ledger.ts';

export const roomOf = (capacity: Capacity): Room => ({
  cores: capacity.freeCores,
  memoryMiB: capacity.freeMemoryMiB,
  gpus: capacity.freeGpus,
});

/** What is free and not promised yet, and what is likely to become free before anybody could look again. */
export function roomFor(capacity: Capacity, promised: Iterable<Placed>, pace: number): Room {
  const room = roomOf(capacity);
  for (const one of promised) takes(one, room, capacity);
  return { cores: room.cores + pace, memoryMiB: room.memoryMiB, gpus: room.gpus };
}

/** A gang that is larger than the engine takes all of it: its ranks share cores there. */
export function bounded(
  queues: ReadonlyMap<string, readonly Candidate[]>,
  { cores }: Capacity,
): Map<string, Candidate[]> {
  const fit = (one: Candidate): Candidate =>
    one.gangTimeoutMs === undefined ? one : { ...one, cores: Math.min(one.cores, cores) };
  return new Map([...queues].map(([name, queue]) => [name, queue.map(fit)]));
}

/** Takes it away also where there is not enough. */
export function takes({ spec }: Placed, left: Room, { cores }: Capacity): boolean {
  const wanted = takesOf(spec);
  left.cores -= spec.mpi === undefined ? wanted.cores : Math.min(wanted.cores, cores);
  left.memoryMiB -= wanted.memoryMiB;
  left.gpus -= wanted.gpus;
  return left.cores >= 0 && left.memoryMiB >= 0 && left.gpus >= 0;
}
