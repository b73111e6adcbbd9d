import type { Logger } from '@groundwork/service';
import { attemptName } from '../domain/jobs/attempt-name.ts';
import { choose, type Candidate, type Reservation, type Room } from '../domain/sharing/choose.ts';
import type { Dispatching } from '../ports/dispatching.ts';
import { EngineUnavailable, type Capacity, type Engine } from '../ports/engine.ts';
import type { Placed } from '../ports/ledger.ts';
import type { Bell } from './bell.ts';
import { UnderWay } from './under-way.ts';

export interface DispatchParts {
  engine: Engine;
  dispatching: Dispatching;
  /** Rung when jobs were accepted, cancelled or released. */
  bell: Bell;
  logger: Logger;
  vanishedMs: number;
}

/** Without a ring: how long until it is looked whether there is something to do, in ms. */
const TICK_MS = 1_000;
/** How often everything that is under way is looked at, should a hint have been lost. */
const LOOK_ALL_MS = 10_000;
/** Attempts written down ahead of their turn, so that the engine never waits for the database. */
const MOST_AHEAD = 500;
const MOST_AT_ONCE = 500;

/**
 * Keeps one engine busy, for as long as this process has the lease for it. Each turn: what the engine has
 * seen is written down; what was cancelled is ended; the next attempts are chosen and written down; and
 * only then, as far as there is room, handed to the engine.
 *
 * Wherever it dies, the next one begins with what is written down: submitting that again runs nothing
 * twice, and looking for it tells what has happened meanwhile.
 */
export async function keepDispatching(parts: DispatchParts, signal: AbortSignal): Promise<void> {
  const { engine, bell } = parts;
  const changed = new Set<string>();
  const stop = engine.onChange((names) => {
    for (const name of names) changed.add(name);
    bell.ring();
  });
  try {
    const turn = await createTurn(parts, changed);
    while (!signal.aborted) {
      if (!(await turn())) await bell.wait(TICK_MS, signal);
    }
  } finally {
    stop();
  }
}

/** A turn says whether another one is to follow at once. */
async function createTurn(
  { engine, dispatching, bell, logger, vanishedMs }: DispatchParts,
  changed: Set<string>,
): Promise<() => Promise<boolean>> {
  const underWay = new UnderWay();
  const open = await dispatching.open();
  underWay.add(open);
  // What it has heard of needs no room any more.
  for (const name of (await engine.look(open.map(attemptName))).keys()) {
    underWay.handed(name);
    changed.add(name);
  }
  let mindedAt = -Infinity;
  let lookedAt = performance.now();
  let reservation: Reservation | undefined;
  /** Ended in the last turns: about as many as may be written down ahead. */
  let pace = 0;

  async function takeResults(): Promise<number> {
    const all = performance.now() - lookedAt > LOOK_ALL_MS;
    if (all) lookedAt = performance.now();
    const names = all ? underWay.names() : [...changed];
    changed.clear();
    if (names.length === 0) return 0;
    const sightings = await engine.look(names);
    const seen = underWay.seen(names, sightings, Date.now(), { vanishedMs });
    await dispatching.write(seen);
    const over = seen.filter(({ sighting }) => sighting.state === 'ended').map(attemptName);
    for (const name of over) underWay.gone(name);
    await engine.forget(over);
    return over.length;
  }

  /** Neither is worth a question in every turn. */
  async function mindTheRest(): Promise<void> {
    if (!bell.takeNews() && performance.now() - mindedAt < TICK_MS) return;
    mindedAt = performance.now();
    const cancelled = await dispatching.cancelled();
    if (cancelled.length > 0) await engine.cancel(cancelled);
    await dispatching.wakeDue();
  }

  async function writeAhead(capacity: Capacity): Promise<number> {
    const limit = Math.min(MOST_AHEAD, Math.max(capacity.cores, pace)) - underWay.waiting;
    if (limit <= 0 || capacity.closed !== undefined) return 0;
    const { queues, projects } = await dispatching.ready(limit);
    if (queues.size === 0) return 0;
    const choice = choose(bounded(queues, capacity), projects, roomFor(capacity, underWay, pace), limit, {
      reservation,
      nowMs: Date.now(),
    });
    reservation = choice.reservation;
    if (choice.gaveUp !== undefined) await dispatching.postpone(choice.gaveUp);
    const placed = await dispatching.place(choice.chosen);
    underWay.add(placed);
    return placed.length;
  }

  async function handOver(): Promise<number> {
    const capacity = engine.capacity();
    const left = roomOf(capacity);
    const placements = underWay.next((one) => takes(one, left, capacity), MOST_AT_ONCE);
    if (placements.length === 0) return 0;
    const receipts = await engine.submit(placements);
    const accepted = receipts.filter((receipt) => receipt.accepted).length;
    for (const [at, receipt] of receipts.entries()) {
      const { name } = placements[at]!;
      if (receipt.accepted) underWay.handed(name);
      else await refused(name, receipt);
    }
    return accepted;
  }

  /** What it has no room for stays in line; what it will never run has ended. */
  async function refused(
    name: string,
    { reason, forGood }: { reason: string; forGood: boolean },
  ): Promise<void> {
    logger.warn({ attempt: name }, `${engine.name} does not take an attempt: ${reason}`);
    const one = underWay.get(name);
    if (!forGood || one === undefined) return;
    const { job, element, number } = one;
    const sighting = { state: 'ended', ending: { by: 'refused', reason }, endedAt: new Date() } as const;
    await dispatching.write([{ job, element, number, sighting }]);
    underWay.gone(name);
  }

  return async () => {
    try {
      const ended = await takeResults();
      pace = Math.ceil(Math.max(ended * 4, pace * 0.9 - 1, 0));
      await mindTheRest();
      const placed = await writeAhead(engine.capacity());
      const handed = await handOver();
      return ended + placed + handed > 0;
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
      logger.warn({ error }, `${engine.name} does not answer: ${error.message}`);
      return false;
    }
  };
}

const roomOf = (capacity: Capacity): Room => ({
  cores: capacity.freeCores,
  memoryMiB: capacity.freeMemoryMiB,
  gpus: capacity.freeGpus,
});

/** What is free and not promised yet, and what is likely to become free before anybody could look again. */
function roomFor(capacity: Capacity, underWay: UnderWay, pace: number): Room {
  const room = roomOf(capacity);
  for (const one of underWay.specs()) takes(one, room, capacity);
  return { cores: room.cores + pace, memoryMiB: room.memoryMiB, gpus: room.gpus };
}

/** A gang that is larger than the engine takes all of it: its ranks share cores there. */
function bounded(
  queues: ReadonlyMap<string, readonly Candidate[]>,
  { cores }: Capacity,
): Map<string, Candidate[]> {
  const fit = (one: Candidate): Candidate =>
    one.gangTimeoutMs === undefined ? one : { ...one, cores: Math.min(one.cores, cores) };
  return new Map([...queues].map(([name, queue]) => [name, queue.map(fit)]));
}

/** Takes it away also where there is not enough. */
function takes({ spec }: Placed, left: Room, { cores }: Capacity): boolean {
  const nodes = spec.mpi?.nodes ?? 1;
  const wanted = spec.resources.cores * nodes * (spec.mpi?.ranksPerNode ?? 1);
  left.cores -= spec.mpi === undefined ? wanted : Math.min(wanted, cores);
  left.memoryMiB -= (spec.resources.memoryMiB ?? 0) * nodes;
  left.gpus -= spec.resources.gpus * nodes;
  return left.cores >= 0 && left.memoryMiB >= 0 && left.gpus >= 0;
}
