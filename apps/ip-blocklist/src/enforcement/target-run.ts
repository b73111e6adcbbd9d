import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { TARGET_DRIFTED } from '@groundwork/contracts';
import { LostLease } from '@groundwork/database';
import { addressCount, isEqual, subtract, union } from '@groundwork/ip-ranges';
import type { Logger } from '@groundwork/service';
import { fits, roomBeside } from '../domain/destination.ts';
import { coverageOf, pinned, type Desire } from '../domain/desire.ts';
import type { Listing } from '../domain/listing.ts';
import { countriesOf, isEmpty, without, type Coverage } from '../domain/networks.ts';
import { digestOfContents } from '../domain/plan.ts';
import { conditionsOf, reachOf } from '../domain/reach.ts';
import type { Target } from '../domain/target-file/target-file.ts';
import { Conflict, isBlind, LimitReached, Throttled, type Enforcer, type Write } from '../ports/enforcer.ts';
import type { Ledger, PinHead, TargetState } from '../ports/ledger.ts';
import type { Gate } from './gate.ts';
import { mostUrgent, Pending } from './pending.ts';
import { Picture } from './picture.ts';
import { Teller } from './teller.ts';

export interface TargetRunParts {
  target: Target;
  enforcer: Enforcer;
  ledger: Ledger;
  desire: (capacity: ReturnType<Enforcer['capacity']>) => Promise<Desire>;
  gate: Gate;
  epoch: number;
  logger: Logger;
  observe: (event: TargetEvent) => void;
  timing?: Partial<Timing>;
}

/** For metrics. */
export type TargetEvent =
  | { kind: 'write'; operation: string; outcome: 'done' | 'conflict' | 'throttled' | 'refused' | 'failed' }
  | { kind: 'blocked'; atMostMs: number; count: number }
  | { kind: 'drift' }
  | { kind: 'dropped'; addresses: number }
  | { kind: 'phase'; phase: TargetState['phase']; isBlind: boolean }
  | { kind: 'gone' };

export interface Timing {
  /** How often changed entries are looked for. */
  pollMs: number;
  /** How often it is looked whether somebody else has changed the target. */
  lookMs: number;
  /** Nothing is tidied until nothing else was written for so long: others share the rate. */
  quietMs: number;
  /** First pause after a failure; doubled up to `maxPauseMs`. */
  pauseMs: number;
  maxPauseMs: number;
}

const TIMING: Timing = { pollMs: 200, lookMs: 10_000, quietMs: 5_000, pauseMs: 500, maxPauseMs: 30_000 };
/** A conflict is nothing unusual; several in a row are told. */
const TOLD_FAILURES = 3;

interface Work {
  desire: Desire;
  pin: PinHead | undefined;
  /** Undefined: it stays as it is, until somebody approves. */
  goal: Coverage | undefined;
  writes: Write[];
}

/**
 * Brings one target to what is wanted and keeps it there. Each round looks at what there is (taken
 * from the last look, if nothing has failed since), compares it with what the entries or a pin
 * ask for now, and makes one write. Nothing is remembered of earlier rounds but what was seen,
 * so a round may be cut off anywhere.
 */
export class TargetRun {
  readonly #parts: TargetRunParts;
  readonly #timing: Timing;
  readonly #log: Logger;
  readonly #teller: Teller;
  readonly #pending = new Pending();
  #picture = new Picture([]);
  #isLoaded = false;
  #isAdopted = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** What was there to do when it was last done. */
  #reached: Listing | undefined;
  #pinned: { at: string; coverage: Coverage } | undefined;

  constructor(parts: TargetRunParts) {
    this.#parts = parts;
    this.#timing = { ...TIMING, ...parts.timing };
    this.#log = parts.logger.child({ target: parts.target.name });
    this.#teller = new Teller(parts);
  }

  /** Until the signal aborts. Rejects when this process no longer leads. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const isIdle = await this.#round(signal);
        this.#failures = 0;
        if (isIdle) await pause(this.#timing.pollMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof LostLease) throw error;
        await this.#failed(error as Error, signal);
      }
    }
  }

  /** By what stands in front of it, not by what is seen there. */
  get #isOutOfReach(): boolean {
    return isBlind(conditionsOf(reachOf(this.#parts.target)));
  }

  /** True when there was nothing to do. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { gate } = this.#parts;
    if (performance.now() - this.#lookedAt >= this.#timing.lookMs) await this.#look();
    const work = await this.#work();
    const now = performance.now();
    const isQuiet = now - this.#wroteAt >= this.#timing.quietMs;
    const wishes = this.#pending.wishes(
      work.writes.filter(({ urgency }) => urgency !== 'tidy' || isQuiet),
      now,
    );
    if (wishes.size === 0) {
      await this.#arrived(work);
      return true;
    }
    await this.#teller.tell('writing', work.writes.map(({ what }) => what).join('; '));
    const operation = await gate.turn(wishes, signal);
    // What has come up while waiting goes along.
    const { desire, writes } = await this.#work();
    const write = mostUrgent(writes, operation);
    if (write === undefined) {
      gate.unused(operation);
      return false;
    }
    await this.#perform(write);
    await this.#settle(write);
    await this.#reach(desire);
    return false;
  }

  async #look(): Promise<void> {
    const { enforcer, ledger, target } = this.#parts;
    if (!this.#isLoaded) {
      const { state, parts, isAdopted } = await ledger.load(target.name);
      this.#teller.resume(state);
      this.#picture = new Picture(parts);
      this.#isAdopted = isAdopted;
      this.#isLoaded = true;
    }
    await enforcer.observe();
    await this.#settle();
    this.#lookedAt = performance.now();
    this.#teller.seen();
  }

  /** Records what the parts hold, after a write or after a look. */
  async #settle(write?: Write): Promise<void> {
    const { enforcer, ledger, target, observe } = this.#parts;
    const settlement = this.#picture.settle(enforcer.parts(), write && { part: write.part?.name });
    if (settlement === undefined) return;
    const { cause, changes } = settlement;
    const what = cause === 'drift' ? settlement.what : (write?.what ?? 'Seen when it was looked at');
    try {
      await ledger.settle(target.name, { ...settlement, what });
    } catch (error) {
      // Not recorded, so it is to be seen again.
      this.#isLoaded = false;
      throw error;
    }
    if (cause !== 'drift') return;
    observe({ kind: 'drift' });
    this.#log.warn({ event: TARGET_DRIFTED, changes }, what);
    this.#teller.drifted(what);
  }

  async #work(): Promise<Work> {
    const { enforcer, ledger, target } = this.#parts;
    const desire = await this.#parts.desire(enforcer.capacity());
    const pin = (await ledger.pins()).get(target.name);
    const goal = await this.#goal(desire, pin);
    // A write that may still be on its way is made to come too late before anything else is done.
    const fences = this.#picture.open.flatMap((part) => enforcer.rewrite(part) ?? []);
    if (fences.length > 0) return { desire, pin, goal, writes: fences };
    return { desire, pin, goal, writes: goal === undefined ? [] : enforcer.next(goal) };
  }

  async #goal(desire: Desire, pin: PinHead | undefined): Promise<Coverage | undefined> {
    const { target, ledger } = this.#parts;
    const { destination } = desire;
    if (pin !== undefined) return pinned(await this.#pinnedAt(pin), desire);
    if (target.mode === 'plan' || this.#isOutOfReach) return undefined;
    const held = this.#picture.coverage;
    const isSurplus =
      !isEmpty(subtract(held.block, destination.block)) ||
      !isEmpty(subtract(held.allow, destination.allow)) ||
      without(held.countries, destination.countries).length > 0;
    if (!this.#isAdopted && !isSurplus) {
      await ledger.adopt(target.name);
      this.#isAdopted = true;
    }
    if (this.#isAdopted) return destination;
    // What was there before us, and no entry names, may protect somebody: it is not taken away unasked,
    // and takes up room.
    const staying = subtract(held.block, desire.wanted.block);
    const { enforcer, desire: desireFor } = this.#parts;
    const capacity = enforcer.capacity();
    const ours = fits(capacity, union(destination.block, staying))
      ? destination
      : (await desireFor(roomBeside(capacity, staying))).destination;
    return {
      block: union(ours.block, staying),
      allow: union(ours.allow, held.allow),
      countries: countriesOf(ours.countries, held.countries),
    };
  }

  /** A pin's networks are many, and do not change. */
  async #pinnedAt({ at }: PinHead): Promise<Coverage> {
    if (this.#pinned?.at !== at) {
      const { ledger, target } = this.#parts;
      const pin = await ledger.pinned(target.name);
      if (pin === undefined) throw new Error('the pin has just been taken off');
      this.#pinned = { at: pin.at, coverage: coverageOf(pin) };
    }
    return this.#pinned.coverage;
  }

  async #perform(write: Write): Promise<void> {
    const { ledger, target, gate, observe } = this.#parts;
    const { operation, part } = write;
    const digest = part === undefined ? '' : digestOfContents(part);
    if (part !== undefined) await ledger.intend(target.name, this.#picture.intend(part, digest));
    const began = performance.now();
    try {
      await write.perform();
    } catch (error) {
      const outcome = outcomeOf(error);
      observe({ kind: 'write', operation, outcome });
      if (outcome === 'throttled') gate.refused(operation);
      if (outcome !== 'failed' && part !== undefined) this.#picture.abandon(part.name, digest);
      throw error;
    }
    gate.accepted(operation);
    observe({ kind: 'write', operation, outcome: 'done' });
    this.#wroteAt = performance.now();
    this.#log.info({ operation, ms: Math.round(performance.now() - began) }, write.what);
  }

  /** Nothing is to be written. */
  async #arrived({ desire, pin }: Work): Promise<void> {
    const { ledger, target } = this.#parts;
    const { destination } = desire;
    if (pin?.kind === 'approved' && target.mode === 'auto') {
      // It was approved to take over what was there; from now on the entries say.
      await ledger.adopt(target.name);
      this.#isAdopted = true;
      await ledger.unpin(target.name, pin);
      return;
    }
    await this.#reach(desire);
    const { block, allow, countries } = this.#picture.coverage;
    const kept = pin === undefined ? '' : `Kept at ${pin.kind} ${pin.of} by ${pin.by}`;
    if (this.#isOutOfReach) {
      return this.#teller.tell('waiting', 'Nothing is written here, as it would block nobody');
    }
    const isThere =
      isEqual(block, destination.block) &&
      isEqual(allow, destination.allow) &&
      isDeepStrictEqual(countries, destination.countries);
    if (isThere || pin?.kind === 'rollback') return this.#teller.tell('in-sync', kept);
    if (target.mode === 'auto' && this.#isAdopted) return this.#teller.tell('in-sync', '');
    return this.#teller.tell(
      'waiting',
      target.mode === 'plan'
        ? 'It differs from what the entries ask for; approve its plan to change that'
        : 'What is new is enforced, but it held something before that no entry names; approve its plan to take that away',
    );
  }

  /** Notes down that everything which was listed then is enforced, if it is; also while more is coming in all the time. */
  async #reach({ destination, listing }: Desire): Promise<void> {
    const { enforcer, ledger, target, observe } = this.#parts;
    const { block, countries } = this.#picture.coverage;
    const isComplete =
      isEmpty(subtract(destination.block, block)) && without(destination.countries, countries).length === 0;
    const blind = isBlind(enforcer.conditions()) || this.#isOutOfReach;
    if (!isComplete || blind || isSameListing(this.#reached, listing)) return;
    const { networks, countries: geo } = reachOf(target);
    const holds = { networks: networks === undefined, countries: geo === undefined };
    const isShort = !isEmpty(destination.dropped);
    const times = await ledger.reached(target.name, listing.snapshot, isShort, holds);
    for (const time of times) observe({ kind: 'blocked', ...time });
    observe({
      kind: 'dropped',
      addresses: Number(addressCount(destination.dropped.v4) + addressCount(destination.dropped.v6)),
    });
    this.#reached = listing;
  }

  async #failed(error: Error, signal: AbortSignal): Promise<void> {
    const { pauseMs, maxPauseMs } = this.#timing;
    this.#failures += 1;
    // Throttled, nothing was done; otherwise what we think is there may not be.
    if (!(error instanceof Throttled)) this.#lookedAt = Number.NEGATIVE_INFINITY;
    const isUsual = error instanceof Conflict || error instanceof Throttled;
    if (!isUsual || this.#failures >= TOLD_FAILURES) {
      this.#log.warn({ error }, `the target cannot be brought up to date: ${error.message}`);
      try {
        await this.#teller.tell('failing', error.message);
      } catch (cause) {
        if (cause instanceof LostLease) throw cause;
        this.#log.warn({ error: cause }, 'that cannot be recorded either');
      }
    }
    const longest = Math.min(maxPauseMs, pauseMs * 2 ** (this.#failures - 1));
    await pause(isUsual && this.#failures < TOLD_FAILURES ? Math.random() * pauseMs : longest, signal);
  }
}

function outcomeOf(error: unknown): 'conflict' | 'throttled' | 'refused' | 'failed' {
  if (error instanceof Conflict) return 'conflict';
  if (error instanceof Throttled) return 'throttled';
  return error instanceof LimitReached ? 'refused' : 'failed';
}

function isSameListing(a: Listing | undefined, b: Listing): boolean {
  return a?.blocks === b.blocks && a.forced === b.forced && a.countries === b.countries;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
