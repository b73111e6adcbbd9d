import type { Logger } from 'pino';
import { BATCH, type QueueClient } from './queue-client.ts';

/** How long a finished message may wait for others to share its delete call, in ms. */
const LINGER_MS = 50;
const ATTEMPTS = 3;

/**
 * Deletes finished messages ten at a time. A message whose delete fails for good
 * is redelivered after its visibility timeout, which an idempotent handler bears.
 */
export class Acknowledger {
  readonly #queue: QueueClient;
  readonly #log: Logger;
  #pending: { handle: string; done: (deleted: boolean) => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: QueueClient, log: Logger) {
    this.#queue = queue;
    this.#log = log;
  }

  /** Resolves when the delete has been answered, to whether the message is gone. */
  acknowledge(handle: string): Promise<boolean> {
    return new Promise((done) => {
      this.#pending.push({ handle, done });
      if (this.#pending.length >= BATCH) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), LINGER_MS);
    });
  }

  /** Sends what is waiting now instead of later. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, BATCH);
      void this.#deleteBatch(batch.map((entry) => entry.handle)).then((failed) => {
        for (const entry of batch) entry.done(!failed.has(entry.handle));
      });
    }
  }

  async #deleteBatch(handles: string[]): Promise<Set<string>> {
    let left = handles;
    let lastError: unknown;
    for (let attempt = 1; attempt <= ATTEMPTS && left.length > 0; attempt++) {
      try {
        left = await this.#queue.delete(left);
        lastError = undefined;
      } catch (error) {
        lastError = error; // the SDK has already retried what can be retried
      }
    }
    if (left.length > 0) {
      this.#log.warn(
        { count: left.length, error: lastError },
        'messages done but not deleted: they will come again',
      );
    }
    return new Set(left);
  }
}
