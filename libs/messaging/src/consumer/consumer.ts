import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { messageLogger, PermanentFailure, type MessageHandler } from '../message.ts';
import { Acknowledger } from './acknowledger.ts';
import { retryDelaySeconds, type Backoff } from './backoff.ts';
import { Custody } from './custody.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { hold, type HeldMessage } from './held-message.ts';
import { Lanes } from './lanes.ts';
import { createConsumerMetrics, type ConsumerMetrics, type Outcome } from './metrics.ts';
import { Poller } from './poller.ts';
import { QueueClient, type QueueFacts } from './queue-client.ts';

export interface ConsumerOptions {
  sqs: SQSClient;
  queueUrl: string;
  handler: MessageHandler;
  /**
   * Handlers running at the same time. A FIFO queue may hand over up to ten messages
   * of a group at once; those that wait for their turn are held too, but take no place.
   */
  concurrency: number;
  logger: Logger;
  registry: Registry;
  /**
   * How long one poll waits for a message, 1 to 20 s. A drain waits for the poll under
   * way, so this is also how long an idle consumer takes to stop. 5 s are 17,280 calls
   * a day, about $0.2 a month.
   */
  pollSeconds?: number;
  backoff?: Backoff;
  /** After this long a handler is told to stop and its message is retried, in seconds. */
  handlerTimeoutSeconds?: number;
  random?: () => number;
}

const DEFAULT_POLL_SECONDS = 5;
const DEFAULT_BACKOFF: Backoff = { baseSeconds: 2, capSeconds: 900 };
const DEFAULT_HANDLER_TIMEOUT_SECONDS = 900;

/**
 * Takes messages from one SQS queue, standard or FIFO.
 *
 * It polls whenever it has room, so that a slow message never holds back the
 * others (libraries that wait for the whole batch do). What it promises:
 *
 * - A message is deleted only after its handler resolved; deletes go in batches.
 * - While it is held its visibility is renewed, so that nobody else gets it.
 * - PermanentFailure: to the dead-letter queue at once with the reason, then deleted.
 * - Any other failure: visible again after an exponential delay; at the queue's
 *   maxReceiveCount it goes to the dead-letter queue with the last reason.
 * - FIFO: one message per group at a time, in order; if one is to be retried, those
 *   of its group that were already here go back unhandled. SQS counts that as a
 *   receive: give FIFO queues a generous maxReceiveCount (ten or more).
 * - `stop`: no new polls; what has not started goes back at once; handlers may finish
 *   until the signal aborts, then their messages go back at once too.
 */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #queue: QueueClient;
  readonly #log: Logger;
  readonly #metrics: ConsumerMetrics;
  readonly #acknowledger: Acknowledger;
  readonly #lanes = new Lanes();
  readonly #custody: Custody;
  readonly #poller: Poller;
  #facts: QueueFacts = { visibilitySeconds: 30 };
  #draining = false;

  constructor(options: ConsumerOptions) {
    const queueName = options.queueUrl.split('/').at(-1) ?? options.queueUrl;
    this.name = `consumer of ${queueName}`;
    this.#options = options;
    this.#queue = new QueueClient(options.sqs, options.queueUrl);
    this.#log = options.logger.child({ queue: queueName });
    this.#metrics = createConsumerMetrics(options.registry, queueName);
    this.#acknowledger = new Acknowledger(this.#queue, this.#log);
    this.#custody = new Custody(this.#queue, this.#log, (count) => {
      this.#metrics.inFlight(count);
      this.#poller.wake();
    });
    const pollSeconds = options.pollSeconds ?? DEFAULT_POLL_SECONDS;
    this.#poller = new Poller({
      receive: (room, hangUp) =>
        this.#queue.receive(room, this.#facts.visibilitySeconds, pollSeconds, hangUp),
      room: () => this.#room(),
      onMessages: (messages) => this.#take(messages),
      onFailure: () => this.#metrics.pollFailed(),
      log: this.#log,
    });
  }

  /** Reads the queue's own settings, then begins to poll. Rejects when the queue cannot be read. */
  async start(): Promise<void> {
    this.#facts = await this.#queue.facts();
    if (this.#facts.deadLetter === undefined) {
      this.#log.warn('the queue has no dead-letter queue: what fails for good is retried until it expires');
    }
    this.#custody.startRenewing(this.#facts.visibilitySeconds);
    this.#poller.start();
  }

  /** For readiness: rejects when the queue has not answered for a minute. */
  async check(): Promise<void> {
    this.#poller.check();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    // Their group's head is still held, so that they do not come to the poll under way.
    await this.#giveBack(this.#lanes.closeAllBehindHeads());
    this.#acknowledger.flush();
    await this.#poller.drain(signal);
    await this.#custody.idle(signal);
    const unfinished = this.#custody.messages.filter(({ phase }) => phase === 'running');
    for (const message of unfinished) message.controller.abort(new Error('drain deadline'));
    await this.#giveBack(unfinished);
    this.#custody.stopRenewing();
  }

  /** SQS gives nothing more of a group that is here, so what waits in lanes stays below ten per place. */
  #room(): number {
    return this.#options.concurrency - (this.#custody.size - this.#lanes.waiting);
  }

  #take(raw: Message[]): void {
    const messages = raw.map((one) => hold(one, this.#queue.fifo));
    for (const message of messages) {
      this.#custody.take(message);
      const { sentAt } = message.incoming;
      if (sentAt !== undefined) this.#metrics.received(Math.max(0, Date.now() - sentAt.getTime()) / 1000);
    }
    if (this.#draining) {
      void this.#giveBack(messages);
      return;
    }
    for (const message of messages) if (this.#lanes.enter(message)) void this.#handle(message);
  }

  /** From the start of the handler to what becomes of its message. Never rejects. */
  async #handle(message: HeldMessage): Promise<void> {
    const began = performance.now();
    const log = messageLogger(this.#log, message.incoming);
    message.phase = 'running';
    const failure = await this.#runHandler(message, log);
    if (message.phase !== 'running') return; // the drain has given it back meanwhile
    const outcome =
      failure === undefined ? await this.#acknowledge(message) : await this.#fail(message, failure, log);
    this.#metrics.finished(outcome, (performance.now() - began) / 1000);
    const next = this.#lanes.next(message);
    this.#custody.release(message);
    if (next !== undefined) void this.#handle(next);
  }

  /** Returns why the handler failed, if it did; also when it outlives its time or the drain. */
  async #runHandler(message: HeldMessage, log: Logger): Promise<{ error: unknown } | undefined> {
    const seconds = this.#options.handlerTimeoutSeconds ?? DEFAULT_HANDLER_TIMEOUT_SECONDS;
    const { controller, incoming } = message;
    const { signal } = controller;
    const timer = setTimeout(
      () => controller.abort(new Error(`the handler took longer than ${seconds} s`)),
      seconds * 1000,
    );
    // A handler that ignores its signal must not keep its place for ever.
    const stopped = new Promise<{ error: unknown }>((resolve) => {
      signal.addEventListener('abort', () => resolve({ error: signal.reason }), { once: true });
    });
    const run = async (): Promise<undefined> => {
      await this.#options.handler(incoming, { signal, log });
      return undefined;
    };
    try {
      return await Promise.race([run().catch((error: unknown) => ({ error })), stopped]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Deletes the message. If that fails it comes again, and must not come after those of its group. */
  async #acknowledge(message: HeldMessage): Promise<Outcome> {
    message.phase = 'deleting';
    const deleted = this.#acknowledger.acknowledge(message.handle);
    // Company for the delete call is worth a short wait only if some may come, and nobody waits for this one.
    const alone = this.#custody.messages.every(({ phase }) => phase !== 'running');
    if (this.#draining || alone || this.#lanes.hasFollower(message)) this.#acknowledger.flush();
    if (!(await deleted)) await this.#giveBack(this.#lanes.closeBehind(message));
    return 'done';
  }

  /** Decides what becomes of a message whose handler failed, and does it. */
  async #fail(message: HeldMessage, { error }: { error: unknown }, log: Logger): Promise<Outcome> {
    const reason = error instanceof Error ? error.message : String(error);
    const { receiveCount } = message.incoming;
    const { deadLetter } = this.#facts;
    const permanent = error instanceof PermanentFailure;
    const exhausted = deadLetter !== undefined && receiveCount >= deadLetter.maxReceiveCount;
    if (deadLetter !== undefined && (permanent || exhausted)) {
      const code = permanent ? 'permanent' : 'exhausted';
      message.phase = 'deleting';
      try {
        await sendToDeadLetters(this.#queue, deadLetter.url, message.raw, { code, reason });
        await this.#acknowledge(message);
        log.error({ error, receiveCount }, `sent to the dead-letter queue (${code}): ${reason}`);
        return code;
      } catch (sendError) {
        log.error({ error: sendError }, 'cannot reach the dead-letter queue: the message stays where it is');
      }
    }
    const { backoff = DEFAULT_BACKOFF, random = Math.random } = this.#options;
    const seconds = retryDelaySeconds(backoff, receiveCount, random);
    log.warn({ error, receiveCount, retryInSeconds: seconds }, `failed, will be retried: ${reason}`);
    const followers = this.#lanes.closeBehind(message);
    // The head first: as long as it is invisible its group stays closed to everybody.
    await this.#custody.returnAfter([message], seconds);
    await this.#giveBack(followers);
    return 'retried';
  }

  async #giveBack(messages: readonly HeldMessage[]): Promise<void> {
    for (const _ of messages) this.#metrics.finished('returned');
    await this.#custody.returnAfter(messages, 0);
  }
}
