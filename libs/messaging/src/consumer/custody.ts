import type { Logger } from 'pino';
import type { HeldMessage } from './held-message.ts';
import type { QueueClient } from './queue-client.ts';

/** Renewals per visibility timeout: two may be lost. */
const RENEWALS_PER_TIMEOUT = 3;
const SHORTEST_RENEWAL_MS = 300;

/** The messages this process holds, and their visibility for as long as it does. */
export class Custody {
  readonly #queue: QueueClient;
  readonly #log: Logger;
  readonly #onChange: (count: number) => void;
  readonly #held = new Set<HeldMessage>();
  readonly #renewals = new Set<Promise<void>>();
  #heartbeat: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  constructor(queue: QueueClient, log: Logger, onChange: (count: number) => void) {
    this.#queue = queue;
    this.#log = log;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#held.size;
  }

  get messages(): readonly HeldMessage[] {
    return [...this.#held];
  }

  has(message: HeldMessage): boolean {
    return this.#held.has(message);
  }

  take(message: HeldMessage): void {
    this.#held.add(message);
    this.#onChange(this.#held.size);
  }

  release(message: HeldMessage): void {
    this.#held.delete(message);
    this.#onChange(this.#held.size);
    if (this.#held.size === 0) this.#onIdle?.();
  }

  startRenewing(visibilitySeconds: number): void {
    const everyMs = Math.max(SHORTEST_RENEWAL_MS, (visibilitySeconds * 1000) / RENEWALS_PER_TIMEOUT);
    this.#heartbeat = setInterval(() => {
      const renewal = this.#renew(visibilitySeconds).finally(() => this.#renewals.delete(renewal));
      this.#renewals.add(renewal);
    }, everyMs);
  }

  stopRenewing(): void {
    clearInterval(this.#heartbeat);
  }

  /** Lets go of messages: others see them after so many seconds. Releases them too. */
  async returnAfter(messages: readonly HeldMessage[], seconds: number): Promise<void> {
    if (messages.length === 0) return;
    for (const message of messages) message.phase = 'returning';
    await Promise.all(this.#renewals); // one that is under way must not have the last word
    await this.#setVisibility(messages, seconds);
    for (const message of messages) this.release(message);
  }

  /** Resolves when nothing is held any more, or when the signal aborts. */
  idle(signal: AbortSignal): Promise<void> {
    if (this.#held.size === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #renew(seconds: number): Promise<void> {
    await this.#setVisibility(
      this.messages.filter((message) => message.phase !== 'returning'),
      seconds,
    );
  }

  /** A failure here costs a redelivery, never a message. */
  async #setVisibility(messages: readonly HeldMessage[], seconds: number): Promise<void> {
    if (messages.length === 0) return;
    try {
      const handles = messages.map((message) => message.handle);
      const failed = await this.#queue.changeVisibility(handles, seconds);
      if (failed.length > 0) this.#log.debug({ count: failed.length }, 'messages no longer held by us');
    } catch (error) {
      this.#log.warn({ error, seconds }, 'cannot change visibility');
    }
  }
}
