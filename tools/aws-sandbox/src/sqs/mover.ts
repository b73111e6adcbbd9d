import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import type { MoveTasks } from './move-tasks.ts';

/** How long a task waits after a failure that is the sandbox's own, in ms. */
const RETRY_MS = 1_000;

/**
 * Carries out the move tasks in the background. It remembers nothing: each turn it asks which task
 * is due, moves one message of it, and lets requests in between. So tasks take turns, a cancel
 * takes effect with the next message, and a restart goes on where the last one stopped.
 */
export class Mover {
  readonly #tasks: MoveTasks;
  readonly #log: Logger;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(tasks: MoveTasks, logger: Logger) {
    this.#tasks = tasks;
    this.#log = logger;
    tasks.on('change', () => this.wake());
  }

  /** Moves what is due and sets the alarm for what is not. */
  wake(): void {
    if (this.#closed) return;
    this.#running ??= this.#moveDue().finally(() => {
      this.#running = undefined;
      this.#setAlarm();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #moveDue(): Promise<void> {
    for (;;) {
      await turn();
      const task = this.#closed ? undefined : this.#tasks.next();
      if (task === undefined || task.due > Date.now()) return;
      try {
        this.#tasks.advance(task);
      } catch (error) {
        this.#log.warn({ error, source: task.source }, 'message not moved, will try again');
        this.#tasks.postpone(task, Date.now() + RETRY_MS);
      }
    }
  }

  #setAlarm(): void {
    clearTimeout(this.#timer);
    const task = this.#closed ? undefined : this.#tasks.next();
    if (task === undefined) return;
    this.#timer = setTimeout(() => this.wake(), Math.max(0, task.due - Date.now()));
  }
}
