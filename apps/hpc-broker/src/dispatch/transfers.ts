import type { Logger } from '@groundwork/service';
import { StagingFailed } from '../ports/staging.ts';

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
  over: (outcome: Outcome) => void;
}

/**
 * Some transfers at a time, beside everything else, the others in line. Each one ends once: done, failed,
 * late or cancelled; or with `stop`, of which nobody is told.
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
      const ended = this.#run(asked, cancelling.signal).then((outcome) => {
        this.#busy.delete(name);
        if (outcome !== undefined) asked.over(outcome);
      });
      this.#busy.set(name, { cancelling, ended });
    }
  }

  /** False: there is none of that name. */
  cancel(name: string): boolean {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      this.#waiting.delete(name);
      waiting.over('cancelled');
      return true;
    }
    const busy = this.#busy.get(name);
    busy?.cancelling.abort();
    return busy !== undefined;
  }

  /** Resolves when none of them writes any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#busy.values()].map(({ ended }) => ended));
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
