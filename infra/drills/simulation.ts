import { setTimeout as delay } from 'node:timers/promises';
import type { Ec2Control } from '@groundwork/aws-sandbox/testing';

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/** What takes part, and is asked once in each round to see what has changed. */
export interface Player {
  round(): Promise<void>;
}

/** Without anything to wait for. */
const LONGEST_JUMP_MS = 60_000;
/** Real time, for what AWS sends by itself to get to where it goes. */
const SETTLE_MS = 4;
const LOOK_MS = 2;

/**
 * One clock for AWS and for all that runs in the drill. While anything works, it goes as the real one does; while
 * everything waits, it jumps to what comes next. So an hour takes a second, and what takes its time is measured.
 */
export class Simulation {
  readonly players: Player[] = [];
  readonly #control: Ec2Control;
  readonly #sleepers = new Set<Sleeper>();
  #ahead = 0;
  #working = 0;
  /** Something may have changed in AWS since the players have looked. */
  #isStale = true;
  /** What AWS has been told may still be on its way to whom it tells. */
  #isUnsettled = true;

  constructor(control: Ec2Control) {
    this.#control = control;
  }

  /** ms since the epoch. */
  get now(): number {
    return Date.now() + this.#ahead;
  }

  /** What works: the clock does not jump before it ends, or sleeps. */
  async working<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** @param isQuiet what it does changes nothing that players look at */
  begin(isQuiet = false): void {
    this.#working += 1;
    if (!isQuiet) this.touch();
  }

  end(isQuiet = false): void {
    this.#working -= 1;
    if (!isQuiet) this.touch();
  }

  /** Of what works, until so much time of the drill has passed. */
  sleep(ms: number): Promise<void> {
    this.#working -= 1;
    return this.wait(ms).finally(() => (this.#working += 1));
  }

  /** Of what is not counted as work. */
  wait(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.add({ wakeAt: this.now + ms, wake }));
  }

  /** Somebody has changed something. */
  touch(): void {
    this.#isStale = true;
    this.#isUnsettled = true;
  }

  /** Goes on until it is so; throws when it does not become so in time. */
  async until(
    what: string,
    isSo: () => boolean | Promise<boolean>,
    { withinMs = 3_600_000 } = {},
  ): Promise<void> {
    const deadline = this.now + withinMs;
    for (;;) {
      await this.#round();
      if (await isSo()) return;
      if (this.now > deadline) throw new Error(`${what}: not within ${withinMs / 1_000} s of the drill`);
      await this.#goOn();
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    let isOver = false;
    void this.wait(ms).then(() => (isOver = true));
    await this.until(`${ms} ms`, () => isOver || this.now >= end, { withinMs: ms + 60_000 });
  }

  async #round(): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    for (const player of this.players) await player.round();
  }

  async #goOn(): Promise<void> {
    if (this.#working > 0) {
      await delay(LOOK_MS);
      return;
    }
    if (this.#isUnsettled) {
      await delay(SETTLE_MS);
      this.#isUnsettled = false;
      this.#isStale = true;
      return;
    }
    const due = await this.#control.nextDue();
    const wakeIn = Math.min(...[...this.#sleepers].map(({ wakeAt }) => wakeAt)) - this.now;
    const byMs = Math.ceil(Math.max(0, Math.min(due ?? LONGEST_JUMP_MS, wakeIn, LONGEST_JUMP_MS)));
    if (byMs > 0) await this.#control.advance(byMs);
    this.#ahead += byMs;
    if (due !== undefined && due <= byMs) this.touch();
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakeAt > this.now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    // Whoever has been woken begins to work before anybody looks again.
    await delay(0);
  }
}
