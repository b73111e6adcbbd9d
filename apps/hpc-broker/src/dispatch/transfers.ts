import type { Logger } from '@groundwork/service';
import { Interrupted, StagingFailed } from '../ports/staging.ts';

export interface TransferOptions {
  /** How many at the same time. */
  atOnce: number;
  /** Then one is given up. */
  seconds: number;
  logger: Logger;
}

/** What became of one. `late`: it took longer than it may. */
export type Outcome = 'done' | 'cancelled' | 'late' | StagingFailed;

interface Asked {
  work: (signal: AbortSignal) => Promise<void>;
  /** Takes back what was begun of it, here or by a broker before; done before `over` is told that it failed. */
  undo?: ((signal: AbortSignal) => Promise<void>) | undefined;
  over: (outcome: Outcome) => void;
}

/** Nobody waits longer for what is only tidy, in ms. */
const UNDO_MS = 30_000;

/**
 * Some transfers at a time, beside everything else, the others in line. Each one ends once: done, failed,
 * late or cancelled; or with `stop`, of which nobody is told: what has come so far is kept for whoever
 * begins with it again.
 */
export class Transfers {
  readonly #options: TransferOptions;
  readonly #waiting = new Map<string, Asked>();
  readonly #busy = new Map<string, { cancelling: AbortController; ended: Promise<void> }>();
  readonly #stopping = new AbortController();

  constructor(options: TransferOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size + this.#busy.size;
  }

  get busy(): number {
    return this.#busy.size;
  }

  add(name: string, asked: Asked): void {
    this.#waiting.set(name, asked);
  }

  /** Begins with those that are next, until `most` of them are under way, if so many may be. */
  proceed(most: number): void {
    for (const [name, asked] of this.#waiting) {
      if (this.#busy.size >= Math.min(this.#options.atOnce, most) || this.#stopping.signal.aborted) return;
      this.#waiting.delete(name);
      const cancelling = new AbortController();
      this.#begin(name, asked, cancelling, this.#run(asked, cancelling.signal));
    }
  }

  /** False: there is none of that name. */
  cancel(name: string): boolean {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      this.#waiting.delete(name);
      if (waiting.undo === undefined) waiting.over('cancelled');
      else this.#begin(name, waiting, new AbortController(), Promise.resolve('cancelled'));
      return true;
    }
    const busy = this.#busy.get(name);
    busy?.cancelling.abort();
    return busy !== undefined;
  }

  /** Resolves when none of them writes any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Interrupted('the broker stops'));
    await Promise.all([...this.#busy.values()].map(({ ended }) => ended));
  }

  #begin(
    name: string,
    asked: Asked,
    cancelling: AbortController,
    running: Promise<Outcome | undefined>,
  ): void {
    const ended = running.then(async (outcome) => {
      if (outcome !== undefined && outcome !== 'done') await this.#undo(name, asked);
      this.#busy.delete(name);
      // When it was stopped meanwhile, it is for whoever is next to undo it.
      if (outcome !== undefined && !this.#isCutShort(outcome)) asked.over(outcome);
    });
    this.#busy.set(name, { cancelling, ended });
  }

  #isCutShort(outcome: Outcome): boolean {
    return outcome !== 'done' && this.#stopping.signal.aborted;
  }

  async #undo(name: string, { undo }: Asked): Promise<void> {
    try {
      await undo?.(AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(UNDO_MS)]));
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#options.logger.warn({ error, attempt: name }, `a transfer was not undone: ${String(error)}`);
    }
  }

  /** Undefined: it was stopped. */
  async #run({ work }: Asked, cancelled: AbortSignal): Promise<Outcome | undefined> {
    const late = AbortSignal.timeout(this.#options.seconds * 1_000);
    try {
      await work(AbortSignal.any([this.#stopping.signal, cancelled, late]));
      return 'done';
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      if (cancelled.aborted) return 'cancelled';
      if (late.aborted) return 'late';
      if (error instanceof StagingFailed) return error;
      this.#options.logger.error({ error }, `a transfer failed: ${String(error)}`);
      return new StagingFailed('infrastructure', `its files could not be transferred: ${String(error)}`);
    }
  }
}
