import { randomInt } from 'node:crypto';
import type { Logger } from '@groundwork/service';
import type { Faults, NotificationName } from './faults/rules.ts';
import { Sql, type Database } from './state.ts';

interface Row {
  id: number;
  due: number;
  /** A queue or topic ARN, or `eventbridge`. */
  destination: string;
  message: string;
}

export interface Outgoing {
  destination: string;
  message: string;
  /** What faults know it by; by default `s3:Notification`. */
  operation?: NotificationName;
  bucket?: string;
  key?: string;
}

/** How long an undeliverable notification waits before the next try, in ms. */
const RETRY_MS = 1_000;

/**
 * Notifications between what caused them and their destination.
 * They are kept on disk, so that a restart loses none: like those of AWS, at least once and
 * in no promised order. Faults drop, double, delay or shuffle them here.
 */
export class Outbox {
  readonly #sql: Sql;
  readonly #faults: Faults;
  readonly #deliver: (destination: string, message: string) => Promise<void>;
  readonly #log: Logger;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: {
    db: Database;
    faults: Faults;
    deliver: (destination: string, message: string) => Promise<void>;
    logger: Logger;
  }) {
    this.#sql = new Sql(options.db);
    this.#faults = options.faults;
    this.#deliver = options.deliver;
    this.#log = options.logger;
  }

  add(outgoing: Outgoing): void {
    let copies = 1;
    let delayMs = 0;
    const { operation = 's3:Notification', bucket, key } = outgoing;
    for (const fault of this.#faults.strike({ operation, bucket, key })) {
      if (fault.kind === 'drop') copies = 0;
      if (fault.kind === 'duplicate') copies *= 2;
      if (fault.kind === 'delay') delayMs += fault.latencyMs;
      if (fault.kind === 'reorder') delayMs += randomInt(fault.latencyMs + 1);
    }
    for (let i = 0; i < copies; i++) {
      this.#sql.run(
        'INSERT INTO outbox (due, destination, message) VALUES (?, ?, ?)',
        Date.now() + delayMs,
        outgoing.destination,
        outgoing.message,
      );
    }
    this.wake();
  }

  /** Delivers what is due and sets the alarm for what is not. */
  wake(): void {
    if (this.#closed) return;
    this.#running ??= this.#deliverDue().finally(() => {
      this.#running = undefined;
      this.#setAlarm();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #deliverDue(): Promise<void> {
    // The caller's own request is answered first, as with S3.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const row = this.#closed ? undefined : this.#next();
      if (row === undefined || row.due > Date.now()) return;
      try {
        await this.#deliver(row.destination, row.message);
        this.#sql.run('DELETE FROM outbox WHERE id = ?', row.id);
      } catch (error) {
        this.#log.warn({ error, destination: row.destination }, 'notification not delivered, will try again');
        this.#sql.run('UPDATE outbox SET due = ? WHERE id = ?', Date.now() + RETRY_MS, row.id);
      }
    }
  }

  #setAlarm(): void {
    clearTimeout(this.#timer);
    const row = this.#closed ? undefined : this.#next();
    if (row === undefined) return;
    this.#timer = setTimeout(() => this.wake(), Math.max(0, row.due - Date.now()));
  }

  #next(): Row | undefined {
    return this.#sql.one<Row>('SELECT * FROM outbox ORDER BY due, id LIMIT 1');
  }
}
