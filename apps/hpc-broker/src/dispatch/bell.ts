import { setTimeout as delay } from 'node:timers/promises';

/** Rung by whoever knows of something to do; a ring while nobody waits is not lost. */
export class Bell {
  #rung = false;
  #news = true;
  #wake: AbortController | undefined;

  readonly ring = (): void => {
    this.#rung = true;
    this.#wake?.abort();
  };

  /** Rings because jobs were accepted, cancelled, held or released. */
  readonly tell = (): void => {
    this.#news = true;
    this.ring();
  };

  /** Whether something was told since it was asked last. */
  takeNews(): boolean {
    const news = this.#news;
    this.#news = false;
    return news;
  }

  /** Until it rings, the time is over, or the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      this.#wake = new AbortController();
      await delay(ms, undefined, { signal: AbortSignal.any([this.#wake.signal, signal]) }).catch(
        () => undefined,
      );
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}

/** One for each engine: whoever waits takes the news of its own. */
export class Bells {
  readonly #bells: Bell[] = [];

  add(): Bell {
    const bell = new Bell();
    this.#bells.push(bell);
    return bell;
  }

  readonly tell = (): void => {
    for (const bell of this.#bells) bell.tell();
  };
}
