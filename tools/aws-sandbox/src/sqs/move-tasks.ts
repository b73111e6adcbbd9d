import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { AwsError } from '../http/aws-error.ts';
import { Sql, type Database } from '../state.ts';
import { queryName, sqsError } from './error.ts';
import type { Messages } from './messages.ts';
import { arnOf, isFifo, nameIn, type Queue, type Queues } from './queues.ts';
import { decodeTaskHandle, encodeTaskHandle } from './task-handle.ts';

export interface MoveTask {
  seq: number;
  id: string;
  source: string;
  /** Null: every message goes back to the queue it came from. */
  destination: string | null;
  /** Messages per second; null: as fast as it goes. */
  rate: number | null;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  failure: string | null;
  moved: number;
  to_move: number;
  started: number;
  /** When the next message may go, in ms since the epoch. */
  due: number;
}

const ACTIVE = "status IN ('RUNNING', 'CANCELLING')";

/**
 * Redrives of dead-letter queues. A task is RUNNING until nothing in its queue is receivable
 * (COMPLETED), a message cannot be moved (FAILED), or it is cancelled: CANCELLING until the mover
 * has seen it, then CANCELLED. What has been moved stays moved. Emits `change` when there is
 * something to do for the mover.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 * That page names the errors but not when they come. Codes, texts and statuses are as recorded from
 * AWS in the tests of https://github.com/localstack/localstack/pull/9988, where not said otherwise.
 */
export class MoveTasks extends EventEmitter {
  readonly #sql: Sql;
  readonly #queues: Queues;
  readonly #messages: Messages;

  constructor(db: Database, queues: Queues, messages: Messages) {
    super();
    this.#sql = new Sql(db);
    this.#queues = queues;
    this.#messages = messages;
  }

  /** Returns the task handle. */
  start(sourceArn: string, destinationArn: string | undefined, rate: number | undefined): string {
    const source = this.#queueAt(sourceArn, 'SourceArn');
    if (!this.#queues.isDeadLetterQueue(source.name))
      throw sqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    const destination =
      destinationArn === undefined ? undefined : this.#queueAt(destinationArn, 'DestinationArn');
    if (destination !== undefined) checkPair(source, destination);
    if (this.#sql.one(`SELECT 1 FROM move_tasks WHERE source = ? AND ${ACTIVE}`, source.name) !== undefined) {
      throw sqsError(
        'InvalidParameterValue',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const id = randomUUID();
    const now = Date.now();
    this.#sql.run(
      'INSERT INTO move_tasks (id, source, destination, rate, to_move, started, due) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      source.name,
      destination?.name ?? null,
      rate ?? null,
      this.#messages.counts(source.name).visible,
      now,
      now,
    );
    this.emit('change');
    return encodeTaskHandle({ taskId: id, sourceArn });
  }

  /** Newest first. */
  list(sourceArn: string, max: number): MoveTask[] {
    const { name } = this.#queueAt(sourceArn, 'SourceArn');
    return this.#sql.all<MoveTask>(
      'SELECT * FROM move_tasks WHERE source = ? ORDER BY seq DESC LIMIT ?',
      name,
      max,
    );
  }

  /** Returns how many messages have been moved; they stay where they are now. */
  cancel(handle: string): number {
    const { taskId, sourceArn } = decodeTaskHandle(handle);
    const { name } = this.#queueAt(sourceArn, 'SourceArn');
    const task = this.#sql.one<MoveTask>(
      'SELECT * FROM move_tasks WHERE id = ? AND source = ?',
      taskId,
      name,
    );
    if (task === undefined) throw notFound('Task does not exist.');
    if (task.status !== 'RUNNING') {
      // No recording exists of this one; of the errors on the page it is the only one that fits.
      throw sqsError('UnsupportedOperation', `A task that is ${task.status} cannot be cancelled.`);
    }
    this.#sql.run("UPDATE move_tasks SET status = 'CANCELLING', due = ? WHERE seq = ?", Date.now(), task.seq);
    this.emit('change');
    return task.moved;
  }

  /** The task that is to go on first. */
  next(): MoveTask | undefined {
    return this.#sql.one<MoveTask>(`SELECT * FROM move_tasks WHERE ${ACTIVE} ORDER BY due, seq LIMIT 1`);
  }

  /** One message further, or to the end. Message and count change together: no crash doubles or loses one. */
  advance(task: MoveTask): void {
    if (task.status === 'CANCELLING') return this.#end(task, 'CANCELLED');
    try {
      this.#sql.transaction(() => {
        if (!this.#messages.moveOldest(task.source, task.destination)) return this.#end(task, 'COMPLETED');
        // Paced by when it was due, so that slow timers do not add up; never more than one message behind.
        this.postpone(task, Math.max(Date.now(), task.due + (task.rate === null ? 0 : 1000 / task.rate)));
        this.#sql.run('UPDATE move_tasks SET moved = moved + 1 WHERE seq = ?', task.seq);
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#end(task, 'FAILED', queryName(error.code));
    }
  }

  postpone(task: MoveTask, due: number): void {
    this.#sql.run('UPDATE move_tasks SET due = ? WHERE seq = ?', due, task.seq);
  }

  #end(task: MoveTask, status: MoveTask['status'], failure: string | null = null): void {
    this.#sql.run('UPDATE move_tasks SET status = ?, failure = ? WHERE seq = ?', status, failure, task.seq);
  }

  #queueAt(arn: string, parameter: string): Queue {
    const queue = this.#queues.find(nameIn(arn));
    if (queue !== undefined && arnOf(queue.name) === arn) return queue;
    if (arn === '')
      throw sqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
    throw notFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);
  }
}

/** That both must be of one type is documented, how AWS words the refusal is not. */
function checkPair(source: Queue, destination: Queue): void {
  if (source.name === destination.name) {
    throw sqsError('InvalidParameterValue', 'Source queue arn and destination queue arn cannot be the same.');
  }
  if (isFifo(source) !== isFifo(destination)) {
    throw sqsError(
      'InvalidParameterValue',
      'The source queue and destination queue must be of the same queue type.',
    );
  }
}

const notFound = (message: string): AwsError => new AwsError(404, 'ResourceNotFoundException', message);

/** A task as ListMessageMoveTasks gives it; only a running one has a handle. */
export function renderTask(task: MoveTask): object {
  const sourceArn = arnOf(task.source);
  return {
    ...(task.status === 'RUNNING' ? { TaskHandle: encodeTaskHandle({ taskId: task.id, sourceArn }) } : {}),
    Status: task.status,
    SourceArn: sourceArn,
    ...(task.destination === null ? {} : { DestinationArn: arnOf(task.destination) }),
    ...(task.rate === null ? {} : { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.to_move,
    ...(task.failure === null ? {} : { FailureReason: task.failure }),
    StartedTimestamp: task.started,
  };
}
