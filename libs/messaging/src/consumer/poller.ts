import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';

export interface PollerOptions {
  receive: (room: number, hangUp: AbortSignal) => Promise<Message[]>;
  /** How many more messages may be taken now. */
  room: () => number;
  onMessages: (messages: Message[]) => void;
  onFailure: () => void;
  log: Logger;
}

/** Between polls that failed, in ms: doubles from the first to the second figure. */
const RETRY_MS = { first: 500, longest: 15_000 };
/** After cutting a poll off, in ms: so long may proxies and the sandbox take to notice. */
const HANG_UP_MS = 250;
/** A queue that has been silent for longer than this is not ready, in ms. */
const SILENCE_MS = 60_000;

/** Asks for messages whenever there is room for some, one poll at a time. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #draining = new AbortController();
  readonly #hangUp = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;
  #answeredAt = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#answeredAt = performance.now();
    this.#loop = this.#run();
  }

  /** There may be room again. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Rejects when the queue has not answered for a minute. */
  check(): void {
    if (this.#options.room() <= 0) return; // not asking says nothing about the queue
    const silentMs = performance.now() - this.#answeredAt;
    if (silentMs > SILENCE_MS)
      throw new Error(`the queue has not answered for ${Math.round(silentMs / 1000)} s`);
  }

  /**
   * No new polls. The one under way is waited for, because SQS does not notice that
   * a client hangs up: what it gives to a dead poll is hidden from everybody for its
   * visibility timeout. Only when `deadline` aborts it is cut off.
   * https://github.com/aws/aws-sdk-js/issues/2350
   */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#draining.abort();
    if (deadline.aborted) this.#hangUp.abort();
    else deadline.addEventListener('abort', () => this.#hangUp.abort(), { once: true });
    this.wake();
    await this.#loop;
    if (this.#hangUp.signal.aborted) await delay(HANG_UP_MS);
  }

  async #run(): Promise<void> {
    const { receive, room, onMessages, onFailure, log } = this.#options;
    let retryMs = RETRY_MS.first;
    while (!this.#draining.signal.aborted) {
      const free = room();
      if (free <= 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#answeredAt = performance.now();
        continue;
      }
      try {
        const messages = await receive(free, this.#hangUp.signal);
        this.#answeredAt = performance.now();
        retryMs = RETRY_MS.first;
        onMessages(messages);
      } catch (error) {
        if (this.#draining.signal.aborted) return;
        onFailure();
        log.warn({ error, retryMs }, 'cannot receive');
        await delay(retryMs, undefined, { signal: this.#draining.signal }).catch(() => undefined);
        retryMs = Math.min(RETRY_MS.longest, retryMs * 2);
      }
    }
  }
}
