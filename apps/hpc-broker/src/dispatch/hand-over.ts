import type { Logger } from '@groundwork/service';
import { attemptName } from '../domain/jobs/attempt-name.ts';
import { EngineUnavailable, type Engine, type Receipt } from '../ports/engine.ts';
import type { Placed, Seen } from '../ports/ledger.ts';
import type { Attend } from './attend.ts';
import type { Results } from './results.ts';
import { roomOf, takes } from './room.ts';
import type { UnderWay } from './under-way.ts';

export interface HandOverParts {
  engine: Engine;
  underWay: UnderWay;
  attend: Attend;
  results: Results;
  /** Told that something was handed over or refused, or that it failed. */
  done: () => void;
  logger: Logger;
}

const MOST_AT_ONCE = 500;

/**
 * From what is written down to the engine, as far as there is room. That waits for nothing that the tables
 * have to do: a core that becomes free has its next attempt before the end of the one before is written down.
 */
export class HandOver {
  readonly #parts: HandOverParts;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isOver = false;
  #failure: unknown;

  constructor(parts: HandOverParts) {
    this.#parts = parts;
  }

  /** There may be something to hand over, or room for it. */
  ask(): void {
    if (this.#isOver) return;
    this.#isAsked = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Throws what has gone wrong, other than that the engine does not answer. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when nothing is on its way to the engine any more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { engine, done, logger } = this.#parts;
    while (this.#isAsked && !this.#isOver) {
      this.#isAsked = false;
      try {
        if (!(await this.#once())) continue;
      } catch (error) {
        if (error instanceof EngineUnavailable)
          logger.warn({ error }, `${engine.name} does not answer: ${error.message}`);
        else {
          this.#failure = error;
          this.#isOver = true;
        }
      }
      done();
    }
  }

  async #once(): Promise<boolean> {
    const { engine, underWay, attend } = this.#parts;
    const capacity = engine.capacity();
    attend.proceed(underWay.staged, capacity.cores);
    const left = roomOf(capacity);
    left.cores += capacity.aheadCores ?? 0;
    const placements = underWay.next((one) => takes(one, left, capacity), MOST_AT_ONCE);
    if (placements.length === 0) return false;
    const names = placements.map(({ name }) => name);
    // Before, as its end may be seen before the receipt is here.
    for (const name of names) underWay.handed(name);
    let receipts: Receipt[];
    try {
      receipts = await engine.submit(placements);
    } catch (error) {
      // Nobody knows whether it has them: to be submitted again is no harm.
      underWay.back(names);
      throw error;
    }
    const refused = receipts.flatMap((receipt, at) =>
      receipt.accepted ? [] : [{ receipt, name: names[at]! }],
    );
    underWay.back(refused.map(({ name }) => name));
    for (const { receipt, name } of refused) {
      const one = underWay.get(name);
      if (one !== undefined) await this.#refused(one, receipt);
    }
    return refused.length < names.length || refused.some(({ receipt }) => receipt.forGood);
  }

  /** What it has no room for stays in line; what it will never run has ended. */
  async #refused(one: Placed, { reason, forGood }: Extract<Receipt, { accepted: false }>): Promise<void> {
    const { engine, underWay, attend, results, logger } = this.#parts;
    logger.warn({ attempt: attemptName(one) }, `${engine.name} does not take an attempt: ${reason}`);
    if (!forGood && (await attend.isReady(one))) return;
    underWay.gone(attemptName(one));
    if (forGood) results.ended(endedAs(one, reason));
    else attend.begin(one);
  }
}

function endedAs({ job, element, number }: Placed, reason: string): Seen {
  return {
    job,
    element,
    number,
    sighting: { state: 'ended', ending: { by: 'refused', reason }, endedAt: new Date() },
  };
}
