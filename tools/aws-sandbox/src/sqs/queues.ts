import { Sql, type Database } from '../state.ts';
import { checkAttributes, parseRedrivePolicy, withDefaults, type QueueAttributes } from './attributes.ts';
import { sqsError } from './error.ts';

export const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const PURGE_INTERVAL_MS = 60_000;

export interface Queue {
  name: string;
  attributes: QueueAttributes;
  tags: Record<string, string>;
  created: number;
  modified: number;
  purged: number;
}

export const arnOf = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
export const nameIn = (arn: string): string => arn.split(':').at(-1) ?? '';
export const isFifo = (queue: Queue): boolean => queue.attributes['FifoQueue'] === 'true';

/** The queue that takes what this one could not get rid of, and after how many receives. */
export function redriveOf({ attributes }: Queue): { target: string; maxReceiveCount: number } | undefined {
  const text = attributes['RedrivePolicy'];
  if (text === undefined || text === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseRedrivePolicy(text);
  return { target: nameIn(deadLetterTargetArn), maxReceiveCount };
}

/** Queues without what is in them. */
export class Queues {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
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
    this.#sql.run(
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
    const row = this.#sql.one<Queue & { attributes: string; tags: string }>(
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
    return this.#sql
      .all<{ name: string }>(
        'SELECT name FROM queues WHERE substr(name, 1, ?) = ? ORDER BY name',
        prefix.length,
        prefix,
      )
      .map((row) => row.name);
  }

  /** Whether some queue sends its dead letters to this one. */
  isDeadLetterQueue(name: string): boolean {
    return this.names('').some((other) => redriveOf(this.get(other))?.target === name);
  }

  setAttributes(name: string, changes: QueueAttributes): void {
    checkAttributes(changes);
    const attributes = { ...this.get(name).attributes, ...changes };
    for (const [key, value] of Object.entries(attributes)) if (value === '') delete attributes[key];
    this.#sql.run(
      'UPDATE queues SET attributes = ?, modified = ? WHERE name = ?',
      JSON.stringify(attributes),
      Date.now(),
      name,
    );
  }

  setTags(name: string, tags: Record<string, string>): void {
    this.get(name);
    this.#sql.run('UPDATE queues SET tags = ? WHERE name = ?', JSON.stringify(tags), name);
  }

  delete(name: string): void {
    this.get(name);
    this.#sql.run('DELETE FROM queues WHERE name = ?', name);
  }

  /** Once a minute at most. */
  markPurged(name: string): void {
    if (Date.now() - this.get(name).purged < PURGE_INTERVAL_MS) {
      throw sqsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
      );
    }
    this.#sql.run('UPDATE queues SET purged = ? WHERE name = ?', Date.now(), name);
  }
}
