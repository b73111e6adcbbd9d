import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { SQLInputValue } from 'node:sqlite';
import { transaction, type Database } from '../state.ts';
import { checkAttributes, parseRedrivePolicy, withDefaults, type QueueAttributes } from './attributes.ts';
import { sqsError } from './error.ts';
import { checkMessage, type Attributes } from './message.ts';

export const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const DEDUPLICATION_MS = 5 * 60 * 1_000;
const PURGE_INTERVAL_MS = 60_000;

export interface Queue {
  name: string;
  attributes: QueueAttributes;
  tags: Record<string, string>;
  created: number;
  modified: number;
  purged: number;
}

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

export interface SendOptions {
  delaySeconds?: number | undefined;
  groupId?: string | undefined;
  deduplicationId?: string | undefined;
}

export const arnOf = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
export const isFifo = (queue: Queue): boolean => queue.attributes['FifoQueue'] === 'true';
/** Twenty digits, growing. */
export const sequenceNumber = (seq: number): string => (10n ** 19n + BigInt(seq)).toString();

/** Queues and their messages. Emits `change:<queue>` when something may have become receivable. */
export class Queues extends EventEmitter {
  readonly #db: Database;

  constructor(db: Database) {
    super();
    this.setMaxListeners(0);
    this.#db = db;
  }

  create(name: string, given: QueueAttributes, tags: Record<string, string>): Queue {
    if (!/^[\w-]{1,80}$/.test(name.replace(/\.fifo$/, ''))) {
      throw sqsError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    checkAttributes(given);
    const existing = this.find(name);
    if (existing !== undefined) {
      const differing = Object.entries(given).find(([key, value]) => existing.attributes[key] !== value);
      if (differing === undefined) return existing;
      throw sqsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${differing[0]}`,
      );
    }
    const now = Date.now();
    this.#run(
      'INSERT INTO queues (name, attributes, tags, created, modified) VALUES (?, ?, ?, ?, ?)',
      name,
      JSON.stringify(withDefaults(name, given)),
      JSON.stringify(tags),
      now,
      now,
    );
    return this.get(name);
  }

  find(name: string): Queue | undefined {
    const row = this.#one<Queue & { attributes: string; tags: string }>(
      'SELECT * FROM queues WHERE name = ?',
      name,
    );
    return row === undefined
      ? undefined
      : {
          ...row,
          attributes: JSON.parse(row.attributes) as QueueAttributes,
          tags: JSON.parse(row.tags) as Record<string, string>,
        };
  }

  get(name: string): Queue {
    const queue = this.find(name);
    if (queue === undefined) throw sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  names(prefix: string): string[] {
    return this.#all<{ name: string }>(
      'SELECT name FROM queues WHERE substr(name, 1, ?) = ? ORDER BY name',
      prefix.length,
      prefix,
    ).map((row) => row.name);
  }

  setAttributes(name: string, changes: QueueAttributes): void {
    checkAttributes(changes);
    const attributes = { ...this.get(name).attributes, ...changes };
    for (const [key, value] of Object.entries(attributes)) if (value === '') delete attributes[key];
    this.#run(
      'UPDATE queues SET attributes = ?, modified = ? WHERE name = ?',
      JSON.stringify(attributes),
      Date.now(),
      name,
    );
  }

  setTags(name: string, tags: Record<string, string>): void {
    this.get(name);
    this.#run('UPDATE queues SET tags = ? WHERE name = ?', JSON.stringify(tags), name);
  }

  counts(name: string): { visible: number; inFlight: number; delayed: number } {
    const row = this.#one<{ visible: number; flying: number; late: number }>(
      `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NOT NULL) AS flying,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NULL) AS late
       FROM messages WHERE queue = ?2`,
      Date.now(),
      name,
    );
    return { visible: row?.visible ?? 0, inFlight: row?.flying ?? 0, delayed: row?.late ?? 0 };
  }

  delete(name: string): void {
    this.get(name);
    this.#run('DELETE FROM queues WHERE name = ?', name);
    this.emit(`change:${name}`);
  }

  purge(name: string): void {
    const queue = this.get(name);
    if (Date.now() - queue.purged < PURGE_INTERVAL_MS) {
      throw sqsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
      );
    }
    this.#run('DELETE FROM messages WHERE queue = ?', name);
    this.#run('UPDATE queues SET purged = ? WHERE name = ?', Date.now(), name);
  }

  /** Returns the message that is stored, which for a FIFO duplicate is the first one. */
  send(
    name: string,
    body: string,
    attributes: Attributes,
    options: SendOptions,
  ): { messageId: string; seq: number } {
    const queue = this.get(name);
    checkMessage(body, attributes, Number(queue.attributes['MaximumMessageSize']));
    const fifo = isFifo(queue);
    const dedupId = fifo ? fifoIdentity(queue, body, options) : null;
    checkDelay(options.delaySeconds, fifo);
    return transaction(this.#db, () => {
      const now = Date.now();
      const known = dedupId === null ? undefined : this.#duplicate(queue, dedupId, now);
      if (known !== undefined) return known;
      const delaySeconds = options.delaySeconds ?? Number(queue.attributes['DelaySeconds']);
      const messageId = randomUUID();
      const { lastInsertRowid } = this.#run(
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
        this.#run(
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
    const queue = this.get(name);
    const hiddenMs = (visibilitySeconds ?? Number(queue.attributes['VisibilityTimeout'])) * 1000;
    return transaction(this.#db, () => {
      const now = Date.now();
      const retentionMs = Number(queue.attributes['MessageRetentionPeriod']) * 1000;
      this.#run('DELETE FROM messages WHERE queue = ? AND sent < ?', name, now - retentionMs);
      this.#moveExhausted(queue, now);
      return this.#receivable(queue, max, now).map((message) => {
        const receipt = randomUUID();
        this.#run(
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
    const row = this.#one<{ at: number | null }>(
      'SELECT min(visible) AS at FROM messages WHERE queue = ? AND visible > ?',
      name,
      Date.now(),
    );
    return row?.at ?? undefined;
  }

  /** An old receipt of a message that has been received again deletes nothing, and is no error. */
  remove(name: string, receiptHandle: string): void {
    const { seq, receipt } = decodeReceipt(receiptHandle);
    this.#run('DELETE FROM messages WHERE queue = ? AND seq = ? AND receipt = ?', name, seq, receipt);
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
    const { changes } = this.#run(
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

  #receivable(queue: Queue, max: number, now: number): StoredMessage[] {
    if (!isFifo(queue)) {
      return this.#all<StoredMessage>(
        'SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY visible, seq LIMIT ?',
        queue.name,
        now,
        max,
      );
    }
    // A group with a hidden message waits as a whole; otherwise as many of it as possible, in order.
    return this.#all<StoredMessage>(
      `SELECT * FROM messages m WHERE queue = ?1 AND visible <= ?2 AND NOT EXISTS (
         SELECT 1 FROM messages WHERE queue = ?1 AND group_id = m.group_id AND visible > ?2)
       ORDER BY seq LIMIT ?3`,
      queue.name,
      now,
      max,
    );
  }

  #moveExhausted(queue: Queue, now: number): void {
    const text = queue.attributes['RedrivePolicy'];
    if (text === undefined) return;
    const policy = parseRedrivePolicy(text);
    const target = policy.deadLetterTargetArn.split(':').at(-1) ?? '';
    if (this.find(target) === undefined) return;
    const { changes } = this.#run(
      'UPDATE messages SET queue = ?, receipt = NULL, source_arn = ? WHERE queue = ? AND visible <= ? AND receives >= ?',
      target,
      arnOf(queue.name),
      queue.name,
      now,
      policy.maxReceiveCount,
    );
    if (Number(changes) > 0) queueMicrotask(() => this.emit(`change:${target}`));
  }

  #duplicate(queue: Queue, id: string, now: number): { messageId: string; seq: number } | undefined {
    const row = this.#one<{ message_id: string; seq: number }>(
      'SELECT message_id, seq FROM deduplication WHERE queue = ? AND id = ? AND expires > ?',
      queue.name,
      id,
      now,
    );
    return row === undefined ? undefined : { messageId: row.message_id, seq: row.seq };
  }

  #one<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#db.prepare(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#db.prepare(sql).all(...values) as T[];
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    return this.#db.prepare(sql).run(...values);
  }
}

export function encodeReceipt(message: StoredMessage): string {
  return Buffer.from(`${message.seq}:${message.receipt}`).toString('base64url');
}

function decodeReceipt(handle: string): { seq: number; receipt: string } {
  const match = /^(\d+):([0-9a-f-]{36})$/.exec(Buffer.from(handle, 'base64url').toString('latin1'));
  if (match?.[2] === undefined) {
    throw sqsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  }
  return { seq: Number(match[1]), receipt: match[2] };
}

/** The deduplication id of a FIFO message; refuses one without a group. */
function fifoIdentity(queue: Queue, body: string, options: SendOptions): string {
  if (options.groupId === undefined || options.groupId === '') {
    throw sqsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  }
  if (options.deduplicationId !== undefined) return options.deduplicationId;
  if (queue.attributes['ContentBasedDeduplication'] === 'true')
    return createHash('sha256').update(body).digest('hex');
  throw sqsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function checkDelay(seconds: number | undefined, fifo: boolean): void {
  if (seconds === undefined) return;
  if (fifo && seconds !== 0) {
    throw sqsError(
      'InvalidParameterValue',
      `Value ${seconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  }
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 900) {
    throw sqsError(
      'InvalidParameterValue',
      `Value ${seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
    );
  }
}
