import type { Logger } from '@groundwork/service';
import { attemptName } from '../domain/jobs/attempt-name.ts';
import { choose, type Reservation } from '../domain/sharing/choose.ts';
import { Shipping } from '../output/shipping.ts';
import type { Dispatching } from '../ports/dispatching.ts';
import { EngineUnavailable, type Capacity, type Engine, type Receipt } from '../ports/engine.ts';
import type { Placed, Seen } from '../ports/ledger.ts';
import type { OutputLog } from '../ports/output.ts';
import { Attend, type StagingSettings } from './attend.ts';
import type { Bell } from './bell.ts';
import { Results } from './results.ts';
import { bounded, roomFor, roomOf, takes } from './room.ts';
import { UnderWay } from './under-way.ts';

export interface DispatchParts {
  engine: Engine;
  dispatching: Dispatching;
  /** Rung when jobs were accepted, cancelled or released. */
  bell: Bell;
  logger: Logger;
  vanishedMs: number;
  /** Without it jobs with inputs or outputs are refused. */
  staging?: StagingSettings | undefined;
  /** Without it what attempts write stays with the engine, and goes with them. */
  output?: { log: OutputLog; keepBytes?: number | undefined } | undefined;
}

/** Without a ring: how long until it is looked whether there is something to do, in ms. */
const TICK_MS = 1_000;
/** Attempts written down ahead of their turn, so that the engine never waits for the database. */
const MOST_AHEAD = 500;
/** Attempts that wait for their inputs: others are let past them, until there are so many. */
const MOST_WAITING_FOR_INPUTS = 500;
const MOST_AT_ONCE = 500;

/**
 * Keeps one engine busy, for as long as this process has the lease for it. Each turn: what the engine has
 * seen is written down; what was cancelled is ended; the next attempts are chosen and written down; and
 * only then, as far as there is room, handed to the engine. Beside the turns inputs are brought, outputs
 * stored, and what attempts write is shipped.
 *
 * Wherever it dies, the next one begins with what is written down: submitting that again runs nothing
 * twice, and looking for it tells what has happened meanwhile. Resolves, or rejects, when nothing of it
 * goes on.
 */
export async function keepDispatching(parts: DispatchParts, signal: AbortSignal): Promise<void> {
  const { engine, bell, logger, output } = parts;
  const underWay = new UnderWay();
  const shipping = output && new Shipping({ ...output, engine, logger });
  const attend: Attend = new Attend({
    engine,
    settings: parts.staging,
    logger,
    ready(one) {
      underWay.add([one]);
      bell.ring();
    },
    ended(one) {
      results.ended(one);
      bell.ring();
    },
  });
  const results = new Results({ ...parts, underWay, attend, shipping });
  const stop = engine.onChange((names) => {
    results.changed(names);
    bell.ring();
  });
  const ending = new AbortController();
  const shipped = shipping?.run(AbortSignal.any([signal, ending.signal]));
  try {
    const turn = await createTurn(parts, { underWay, attend, results });
    while (!signal.aborted) {
      if (!(await turn())) await bell.wait(TICK_MS, signal);
    }
  } finally {
    stop();
    ending.abort();
    await Promise.all([shipped, attend.stop()]);
  }
}

interface State {
  underWay: UnderWay;
  attend: Attend;
  results: Results;
}

/** A turn says whether another one is to follow at once. */
async function createTurn(
  { engine, dispatching, bell, logger }: DispatchParts,
  { underWay, attend, results }: State,
): Promise<() => Promise<boolean>> {
  await takeOver();
  let mindedAt = -Infinity;
  let reservation: Reservation | undefined;
  /** Ended in the last turns: about as many as may be written down ahead. */
  let pace = 0;

  /** What is open already: the engine is asked first, as nothing may be brought to what runs. */
  async function takeOver(): Promise<void> {
    const open = await dispatching.open();
    const heard = await engine.look(open.map(attemptName));
    underWay.add(open.filter((one) => heard.has(attemptName(one)) || attend.begin(one)));
    // What it has heard of needs no room any more.
    for (const name of heard.keys()) underWay.handed(name);
    results.resume(open, [...heard.keys()]);
    // Of what is not open the end is written down, or nobody would ever submit it.
    const left = new Set(await engine.known?.());
    for (const one of open) left.delete(attemptName(one));
    if (left.size > 0) await engine.forget([...left]);
  }

  /** Neither is worth a question in every turn. */
  async function mindTheRest(): Promise<void> {
    if (!bell.takeNews() && performance.now() - mindedAt < TICK_MS) return;
    mindedAt = performance.now();
    const cancelled = (await dispatching.cancelled()).filter(
      (name) => !attend.cancel(name) && !results.has(name),
    );
    if (cancelled.length > 0) await engine.cancel(cancelled);
    await dispatching.wakeDue();
  }

  async function writeAhead(capacity: Capacity): Promise<number> {
    const limit = Math.min(MOST_AHEAD, Math.max(capacity.cores, pace)) - underWay.waiting;
    if (limit <= 0 || capacity.closed !== undefined || attend.waiting >= MOST_WAITING_FOR_INPUTS) return 0;
    const { queues, projects } = await dispatching.ready(limit);
    if (queues.size === 0) return 0;
    const room = roomFor(capacity, underWay.specs(), pace);
    const choice = choose(bounded(queues, capacity), projects, room, limit, {
      reservation,
      nowMs: Date.now(),
    });
    reservation = choice.reservation;
    if (choice.gaveUp !== undefined) await dispatching.postpone(choice.gaveUp);
    const placed = await dispatching.place(choice.chosen);
    underWay.add(placed.filter((one) => attend.begin(one)));
    return placed.length;
  }

  async function handOver(): Promise<number> {
    const capacity = engine.capacity();
    attend.proceed(underWay.staged, capacity.cores);
    const left = roomOf(capacity);
    const placements = underWay.next((one) => takes(one, left, capacity), MOST_AT_ONCE);
    if (placements.length === 0) return 0;
    const receipts = await engine.submit(placements);
    for (const [at, receipt] of receipts.entries()) {
      const { name } = placements[at]!;
      if (receipt.accepted) underWay.handed(name);
      else await refused(underWay.get(name)!, receipt);
    }
    return receipts.filter((receipt) => receipt.accepted || receipt.forGood).length;
  }

  /** What it has no room for stays in line; what it will never run has ended. */
  async function refused(
    one: Placed,
    { reason, forGood }: Extract<Receipt, { accepted: false }>,
  ): Promise<void> {
    logger.warn({ attempt: attemptName(one) }, `${engine.name} does not take an attempt: ${reason}`);
    if (!forGood && (await attend.isReady(one))) return;
    underWay.gone(attemptName(one));
    if (forGood) results.ended(endedAs(one, reason));
    else attend.begin(one);
  }

  return async () => {
    try {
      const ended = await results.take();
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

function endedAs({ job, element, number }: Placed, reason: string): Seen {
  return {
    job,
    element,
    number,
    sighting: { state: 'ended', ending: { by: 'refused', reason }, endedAt: new Date() },
  };
}
