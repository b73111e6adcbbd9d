import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import { attemptName } from '../domain/jobs/attempt-name.ts';
import { choose, type Reservation } from '../domain/sharing/choose.ts';
import { Shipping } from '../output/shipping.ts';
import type { Dispatching } from '../ports/dispatching.ts';
import { EngineUnavailable, type Capacity, type Engine } from '../ports/engine.ts';
import type { OutputLog } from '../ports/output.ts';
import { Attend, type StagingSettings } from './attend.ts';
import type { Bell } from './bell.ts';
import { HandOver } from './hand-over.ts';
import { Results } from './results.ts';
import { bounded, roomFor } from './room.ts';
import { UnderWay } from './under-way.ts';
import { withdraw } from './withdraw.ts';

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
/**
 * Where so many end in one turn, the next one waits, in ms: what is written down costs by the turn more than by
 * the attempt, and the engine goes on meanwhile with what is written down ahead.
 */
const MANY = 8;
const GATHER_MS = 50;
/** Attempts written down ahead of their turn, so that the engine never waits for the database. */
const MOST_AHEAD = 500;
/** Attempts that wait for their inputs: others are let past them, until there are so many. */
const MOST_WAITING_FOR_INPUTS = 500;

/**
 * Keeps one engine busy, for as long as this process has the lease for it. Each turn: what the engine has
 * seen is written down; what was cancelled is ended; the next attempts are chosen and written down. Beside
 * the turns these are handed to the engine, as far as there is room, inputs are brought, outputs stored, and
 * what attempts write is shipped.
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
  const handOver = new HandOver({ engine, underWay, attend, results, done: bell.ring, logger });
  let isReady = false;
  const stop = engine.onChange((names) => {
    results.changed(names);
    if (isReady) handOver.ask();
    bell.ring();
  });
  const lost = (): void => void handOver.stop();
  signal.addEventListener('abort', lost, { once: true });
  const ending = new AbortController();
  const shipped = shipping?.run(AbortSignal.any([signal, ending.signal]));
  try {
    const turn = await createTurn(parts, { underWay, attend, results, handOver });
    isReady = true;
    while (!signal.aborted) {
      const { ended, isMore } = await turn();
      if (ended >= MANY) await delay(GATHER_MS, undefined, { signal }).catch(() => undefined);
      else if (!isMore) await bell.wait(TICK_MS, signal);
    }
  } finally {
    stop();
    signal.removeEventListener('abort', lost);
    ending.abort();
    await Promise.all([shipped, attend.stop(), handOver.stop()]);
  }
}

interface State {
  underWay: UnderWay;
  attend: Attend;
  results: Results;
  handOver: HandOver;
}

interface Turn {
  /** How many have ended. */
  ended: number;
  /** Another one is to follow at once. */
  isMore: boolean;
}

/** What one turn after the other does. */
async function createTurn(
  { engine, dispatching, bell, logger }: DispatchParts,
  { underWay, attend, results, handOver }: State,
): Promise<() => Promise<Turn>> {
  await takeOver();
  let mindedAt = -Infinity;
  let reservation: Reservation | undefined;
  /** Ended in the last turns: about as many as may be written down ahead. */
  let pace = 0;

  /** What is open already: the engine is asked first, as nothing may be brought to what runs. */
  async function takeOver(): Promise<void> {
    const open = await dispatching.open();
    const heard = await engine.look(open.map(attemptName));
    attend.inherit(open);
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
    await withdraw(await dispatching.withdrawn(), { engine, underWay, results });
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

  return async () => {
    try {
      const ended = await results.take();
      pace = Math.ceil(Math.max(ended * 4, pace * 0.9 - 1, 0));
      await mindTheRest();
      const placed = await writeAhead(engine.capacity());
      handOver.ask();
      handOver.check();
      return { ended, isMore: ended + placed > 0 };
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
      logger.warn({ error }, `${engine.name} does not answer: ${error.message}`);
      return { ended: 0, isMore: false };
    }
  };
}
