import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Sql, type Database } from '../state.ts';
import { sqsError } from './error.ts';
import { checkDelay, fifoIdentity, type SendOptions } from './fifo.ts';
import { checkMessage, type Attributes } from './message.ts';
import { arnOf, isFifo, nameIn, redriveOf, type Queue, type Queues } from './queues.ts';
import { decodeReceipt } from './receipt.ts';

const DEDUPLICATION_MS = 5 * 60 * 1_000;

export interface StoredMessage {
  seq: number;
  queue: string;
  message_id: string;
  body: string;
  attributes: string;
  group_id: string | null;
  dedup_id: string | null;
  sent: number;
  visible: number;
  receipt: string | null;
  receives: number;
  first_received: number | null;
  source_arn: string | null;
}

/** What is in the queues. Emits `change:<queue>` when something may have become receivable. */
export class Messages extends EventEmitter {
  readonly #sql: Sql;
  readonly #queues: Queues;

  constructor(db: Database, queues: Queues) {
    super();
    this.setMaxListeners(0); // one per waiting receive
    this.#sql = new Sql(db);
    this.#queues = queues;
  }

  /** Returns the message that is stored, which for a FIFO duplicate is the first one. */
  send(
    name: string,
    body: string,
    attributes: Attributes,
    options: SendOptions,
  ): { messageId: string; seq: number } {
    const queue = this.#queues.get(name);
    checkMessage(body, attributes, Number(queue.attributes['MaximumMessageSize']));
    const dedupId = isFifo(queue) ? fifoIdentity(queue, body, options) : null;
    checkDelay(options.delaySeconds, queue);
    return this.#sql.transaction(() => {
      const now = Date.now();
      const known = dedupId === null ? undefined : this.#duplicate(queue, dedupId, now);
      if (known !== undefined) return known;
      const delaySeconds = options.delaySeconds ?? Number(queue.attributes['DelaySeconds']);
      const messageId = randomUUID();
      const { lastInsertRowid } = this.#sql.run(
        `INSERT INTO messages (queue, message_id, body, attributes, group_id, dedup_id, sent, visible)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        name,
        messageId,
        body,
        JSON.stringify(attributes),
        options.groupId ?? null,
        dedupId,
        now,
        now + delaySeconds * 1000,
      );
      const seq = Number(lastInsertRowid);
      if (dedupId !== null) {
        this.#sql.run(
          'INSERT OR REPLACE INTO deduplication (queue, id, message_id, seq, expires) VALUES (?, ?, ?, ?, ?)',
          name,
          dedupId,
          messageId,
          seq,
          now + DEDUPLICATION_MS,
        );
      }
      queueMicrotask(() => this.emit(`change:${name}`));
      return { messageId, seq };
    });
  }

  /** Takes what is receivable now and hides it. */
  receive(name: string, max: number, visibilitySeconds: number | undefined): StoredMessage[] {
    const queue = this.#queues.get(name);
    const hiddenMs = (visibilitySeconds ?? Number(queue.attributes['VisibilityTimeout'])) * 1000;
    return this.#sql.transaction(() => {
      const now = Date.now();
      this.#deleteExpired(queue, now);
      this.#moveExhausted(queue, now);
      return this.#receivable(queue, max, now).map((message) => {
        const receipt = randomUUID();
        this.#sql.run(
          `UPDATE messages SET receipt = ?, visible = ?, receives = receives + 1,
             first_received = coalesce(first_received, ?) WHERE seq = ?`,
          receipt,
          now + hiddenMs,
          now,
          message.seq,
        );
        return {
          ...message,
          receipt,
          receives: message.receives + 1,
          first_received: message.first_received ?? now,
        };
      });
    });
  }

  /** When the next hidden or delayed message of a queue comes up, in ms since the epoch. */
  nextVisible(name: string): number | undefined {
    const row = this.#sql.one<{ at: number | null }>(
      'SELECT min(visible) AS at FROM messages WHERE queue = ? AND visible > ?',
      name,
      Date.now(),
    );
    return row?.at ?? undefined;
  }

  /** An old receipt of a message that has been received again deletes nothing, and is no error. */
  remove(name: string, receiptHandle: string): void {
    const { seq, receipt } = decodeReceipt(receiptHandle);
    this.#sql.run('DELETE FROM messages WHERE queue = ? AND seq = ? AND receipt = ?', name, seq, receipt);
    this.emit(`change:${name}`); // its group may go on
  }

  changeVisibility(name: string, receiptHandle: string, seconds: number): void {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 43_200) {
      throw sqsError(
        'InvalidParameterValue',
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.`,
      );
    }
    const { seq, receipt } = decodeReceipt(receiptHandle);
    const now = Date.now();
    const { changes } = this.#sql.run(
      'UPDATE messages SET visible = ? WHERE queue = ? AND seq = ? AND receipt = ? AND visible > ?',
      now + seconds * 1000,
      name,
      seq,
      receipt,
      now,
    );
    if (Number(changes) === 0) {
      throw sqsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    this.emit(`change:${name}`);
  }

  /**
   * Sends the oldest receivable message on to another queue, or back to the one it came from; false
   * when there is none. It becomes a new message, with a new id, time and receive count.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   */
  moveOldest(name: string, destination: string | null): boolean {
    const queue = this.#queues.get(name);
    return this.#sql.transaction(() => {
      const now = Date.now();
      this.#deleteExpired(queue, now);
      const [message] = this.#receivable(queue, 1, now);
      if (message === undefined) return false;
      const target = destination ?? (message.source_arn === null ? null : nameIn(message.source_arn));
      if (target === null) {
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
        throw sqsError('CouldNotDetermineMessageSource', 'The message was sent to this queue directly.');
      }
      this.send(target, message.body, JSON.parse(message.attributes) as Attributes, {
        groupId: message.group_id ?? undefined,
        deduplicationId: message.dedup_id ?? undefined,
      });
      this.#sql.run('DELETE FROM messages WHERE seq = ?', message.seq);
      return true;
    });
  }

  purge(name: string): void {
    this.#queues.markPurged(name);
    this.#sql.run('DELETE FROM messages WHERE queue = ?', name);
  }

  counts(name: string): { visible: number; inFlight: number; delayed: number } {
    const row = this.#sql.one<{ visible: number; flying: number; late: number }>(
      `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NOT NULL) AS flying,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NULL) AS late
       FROM messages WHERE queue = ?2`,
      Date.now(),
      name,
    );
    return { visible: row?.visible ?? 0, inFlight: row?.flying ?? 0, delayed: row?.late ?? 0 };
  }

  #receivable(queue: Queue, max: number, now: number): StoredMessage[] {
    if (!isFifo(queue)) {
      return this.#sql.all<StoredMessage>(
        'SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY visible, seq LIMIT ?',
        queue.name,
        now,
        max,
      );
    }
    // A group with a hidden message waits as a whole; otherwise as many of it as possible, in order.
    return this.#sql.all<StoredMessage>(
      `SELECT * FROM messages m WHERE queue = ?1 AND visible <= ?2 AND NOT EXISTS (
         SELECT 1 FROM messages WHERE queue = ?1 AND group_id = m.group_id AND visible > ?2)
       ORDER BY seq LIMIT ?3`,
      queue.name,
      now,
      max,
    );
  }

  #deleteExpired({ name, attributes }: Queue, now: number): void {
    const retentionMs = Number(attributes['MessageRetentionPeriod']) * 1000;
    this.#sql.run('DELETE FROM messages WHERE queue = ? AND sent < ?', name, now - retentionMs);
  }

  #moveExhausted(queue: Queue, now: number): void {
    const redrive = redriveOf(queue);
    if (redrive === undefined || this.#queues.find(redrive.target) === undefined) return;
    // A FIFO message takes its id as deduplication id, so that two of the same id are both kept
    // and one that is moved back in time is not taken for a duplicate of itself.
    const { changes } = this.#sql.run(
      `UPDATE messages SET queue = ?, receipt = NULL, source_arn = ?,
         dedup_id = CASE WHEN dedup_id IS NULL THEN NULL ELSE message_id END
       WHERE queue = ? AND visible <= ? AND receives >= ?`,
      redrive.target,
      arnOf(queue.name),
      queue.name,
      now,
      redrive.maxReceiveCount,
    );
    if (Number(changes) > 0) queueMicrotask(() => this.emit(`change:${redrive.target}`));
  }

  #duplicate(queue: Queue, id: string, now: number): { messageId: string; seq: number } | undefined {
    const row = this.#sql.one<{ message_id: string; seq: number }>(
      'SELECT message_id, seq FROM deduplication WHERE queue = ? AND id = ? AND expires > ?',
      queue.name,
      id,
      now,
    );
    return row === undefined ? undefined : { messageId: row.message_id, seq: row.seq };
  }
}
