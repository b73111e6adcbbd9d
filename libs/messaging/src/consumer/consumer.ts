import { setTimeout as delay } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { PermanentFailure, REQUEST_ID_ATTRIBUTE, type MessageHandler } from '../message.ts';
import { Acknowledger } from './acknowledger.ts';
import { retryDelaySeconds, type Backoff } from './backoff.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { hold, type HeldMessage } from './held-message.ts';
import { Lanes } from './lanes.ts';
import { createConsumerMetrics, type ConsumerMetrics, type Outcome } from './metrics.ts';
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
  backoff?: Backoff;
  /** After this long a handler is told to stop and its message is retried, in seconds. */
  handlerTimeoutSeconds?: number;
  random?: () => number;
}

const DEFAULT_BACKOFF: Backoff = { baseSeconds: 2, capSeconds: 900 };
const DEFAULT_HANDLER_TIMEOUT_SECONDS = 900;
/** Between polls that failed, in ms: doubles from the first to the second figure. */
const POLL_RETRY_MS = { first: 500, longest: 15_000 };
/**
 * After hanging up on a long poll, in ms: whoever serves it needs this long to notice, and until
 * then a message that is made visible again goes to the dead poll and is hidden for its visibility
 * timeout. It helps with the sandbox and proxies; AWS may keep a dead poll for its full 20 s:
 * https://github.com/aws/aws-sdk-js/issues/2350
 */
const HANG_UP_MS = 250;

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
 *   of its group that were already here go back unhandled.
 * - `stop`: no new polls; what has not started goes back at once; handlers may finish
 *   until the signal aborts, then their messages go back at once too.
 *
 * States: idle → polling → draining → stopped.
 */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #queue: QueueClient;
  readonly #log: Logger;
  readonly #metrics: ConsumerMetrics;
  readonly #acknowledger: Acknowledger;
  readonly #lanes = new Lanes();
  readonly #held = new Set<HeldMessage>();
  readonly #polling = new AbortController();
  readonly #renewals = new Set<Promise<void>>();
  #facts: QueueFacts = { visibilitySeconds: 30 };
  #loop: Promise<void> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #onRoom: (() => void) | undefined;
  #lastPollOk = 0;
  #receiving = false;

  constructor(options: ConsumerOptions) {
    const queueName = options.queueUrl.split('/').at(-1) ?? options.queueUrl;
    this.name = `consumer of ${queueName}`;
    this.#options = options;
    this.#queue = new QueueClient(options.sqs, options.queueUrl);
    this.#log = options.logger.child({ queue: queueName });
    this.#metrics = createConsumerMetrics(options.registry, queueName);
    this.#acknowledger = new Acknowledger(this.#queue, this.#log);
  }

  /** Reads the queue's own settings, then begins to poll. Rejects when the queue cannot be read. */
  async start(): Promise<void> {
    this.#facts = await this.#queue.facts();
    if (this.#facts.deadLetter === undefined) {
      this.#log.warn(
        'the queue has no dead-letter queue: what fails for good will be retried until it expires',
      );
    }
    this.#lastPollOk = performance.now();
    this.#heartbeat = setInterval(
      () => void this.#renewVisibility(),
      Math.max(300, (this.#facts.visibilitySeconds * 1000) / 3),
    );
    this.#loop = this.#poll();
  }

  /** For readiness: rejects when the queue has not answered for a minute. */
  async check(): Promise<void> {
    if (this.#room() <= 0) return; // not asking says nothing about the queue
    const silentMs = performance.now() - this.#lastPollOk;
    if (silentMs > 60_000) throw new Error(`the queue has not answered for ${Math.round(silentMs / 1000)} s`);
  }

  async stop(signal: AbortSignal): Promise<void> {
    const hangsUp = this.#receiving && this.#held.size > 0;
    this.#polling.abort();
    this.#onRoom?.();
    await this.#loop;
    if (hangsUp) await delay(HANG_UP_MS);
    await this.#giveBack(this.#lanes.closeAllBehindHeads());
    await this.#untilIdle(signal);
    const unfinished = [...this.#held];
    for (const message of unfinished) message.controller.abort(new Error('drain deadline'));
    await this.#giveBack(unfinished);
    clearInterval(this.#heartbeat);
  }

  /** SQS gives nothing more of a group that is here, so what waits in lanes stays below ten per place. */
  #room(): number {
    return this.#options.concurrency - (this.#held.size - this.#lanes.waiting);
  }

  async #poll(): Promise<void> {
    const signal = this.#polling.signal;
    let retryMs = POLL_RETRY_MS.first;
    while (!signal.aborted) {
      const room = this.#room();
      if (room <= 0) {
        await new Promise<void>((resolve) => {
          this.#onRoom = resolve;
        });
        this.#lastPollOk = performance.now();
        continue;
      }
      this.#receiving = true;
      try {
        const messages = await this.#queue.receive(room, this.#facts.visibilitySeconds, signal);
        this.#lastPollOk = performance.now();
        retryMs = POLL_RETRY_MS.first;
        for (const raw of messages) this.#take(hold(raw));
      } catch (error) {
        if (signal.aborted) return;
        this.#metrics.pollFailed();
        this.#log.warn({ error, retryMs }, 'cannot receive');
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(POLL_RETRY_MS.longest, retryMs * 2);
      } finally {
        this.#receiving = false;
      }
    }
  }

  #take(message: HeldMessage): void {
    this.#held.add(message);
    this.#metrics.inFlight(this.#held.size);
    const { sentAt } = message.incoming;
    if (sentAt !== undefined) this.#metrics.received(Math.max(0, Date.now() - sentAt.getTime()) / 1000);
    if (this.#lanes.enter(message)) void this.#handle(message);
  }

  /** From the start of the handler to the acknowledgement. Never rejects. */
  async #handle(message: HeldMessage): Promise<void> {
    const began = performance.now();
    const { incoming, controller } = message;
    const requestId = incoming.attributes[REQUEST_ID_ATTRIBUTE];
    const log = this.#log.child({
      messageId: incoming.id,
      ...(requestId === undefined ? {} : { requestId }),
    });
    let outcome: Outcome;
    try {
      await this.#runHandler(message, log);
      outcome = 'done';
      if (controller.signal.aborted) return; // already given back by the drain
      await this.#acknowledge(message);
    } catch (error) {
      if (controller.signal.aborted && !this.#held.has(message)) return;
      outcome = await this.#fail(message, error, log);
    }
    this.#metrics.finished(outcome, (performance.now() - began) / 1000);
    const next = this.#lanes.next(message);
    this.#release(message);
    if (next !== undefined) void this.#handle(next);
  }

  async #runHandler(message: HeldMessage, log: Logger): Promise<void> {
    const seconds = this.#options.handlerTimeoutSeconds ?? DEFAULT_HANDLER_TIMEOUT_SECONDS;
    const { signal } = message.controller;
    let timer: NodeJS.Timeout | undefined;
    // A handler that ignores its signal must not keep its place for ever.
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      timer = setTimeout(
        () => message.controller.abort(new Error(`the handler took longer than ${seconds} s`)),
        seconds * 1000,
      );
    });
    stopped.catch(() => undefined); // it may come true when nobody waits for it any more
    try {
      await Promise.race([this.#options.handler(message.incoming, { signal, log }), stopped]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Decides what becomes of a message whose handler failed, and does it. */
  async #fail(message: HeldMessage, error: unknown, log: Logger): Promise<Outcome> {
    const reason = error instanceof Error ? error.message : String(error);
    const { receiveCount } = message.incoming;
    const { deadLetter } = this.#facts;
    const permanent = error instanceof PermanentFailure;
    const exhausted = deadLetter !== undefined && receiveCount >= deadLetter.maxReceiveCount;
    if (deadLetter !== undefined && (permanent || exhausted)) {
      const code = permanent ? 'permanent' : 'exhausted';
      try {
        await sendToDeadLetters(this.#queue, deadLetter.url, message.raw, { code, reason });
        await this.#acknowledge(message);
        log.error({ error, receiveCount }, `sent to the dead-letter queue (${code}): ${reason}`);
        return code;
      } catch (sendError) {
        log.error({ error: sendError }, 'cannot reach the dead-letter queue: the message stays where it is');
      }
    }
    message.renew = false;
    const followers = this.#lanes.closeBehind(message);
    const seconds = retryDelaySeconds(
      this.#options.backoff ?? DEFAULT_BACKOFF,
      receiveCount,
      this.#options.random ?? Math.random,
    );
    log.warn({ error, receiveCount, retryInSeconds: seconds }, `failed, will be retried: ${reason}`);
    // The head first: as long as it is invisible its group stays closed to everybody.
    await this.#decideVisibility([message], seconds);
    await this.#giveBack(followers);
    return 'retried';
  }

  /** A message that could not be deleted comes again, and must not come after those of its group. */
  async #acknowledge(message: HeldMessage): Promise<void> {
    const deleted = await this.#acknowledger.acknowledge(message.handle);
    if (!deleted) await this.#giveBack(this.#lanes.closeBehind(message));
  }

  async #giveBack(messages: readonly HeldMessage[]): Promise<void> {
    if (messages.length === 0) return;
    for (const message of messages) {
      this.#release(message);
      this.#metrics.finished('returned', 0);
    }
    await this.#decideVisibility(messages, 0);
  }

  async #renewVisibility(): Promise<void> {
    const renewable = [...this.#held].filter((message) => message.renew);
    const renewal = this.#setVisibility(renewable, this.#facts.visibilitySeconds);
    this.#renewals.add(renewal);
    await renewal;
    this.#renewals.delete(renewal);
  }

  /** The last word on messages that are no longer renewed: a renewal under way must not overwrite it. */
  async #decideVisibility(messages: readonly HeldMessage[], seconds: number): Promise<void> {
    await Promise.all(this.#renewals);
    await this.#setVisibility(messages, seconds);
  }

  /** A failure here costs a redelivery, never a message. */
  async #setVisibility(messages: readonly HeldMessage[], seconds: number): Promise<void> {
    if (messages.length === 0) return;
    try {
      const failed = await this.#queue.changeVisibility(
        messages.map((m) => m.handle),
        seconds,
      );
      if (failed.length > 0) this.#log.debug({ count: failed.length }, 'messages no longer held by us');
    } catch (error) {
      this.#log.warn({ error, seconds }, 'cannot change visibility');
    }
  }

  #release(message: HeldMessage): void {
    this.#held.delete(message);
    this.#metrics.inFlight(this.#held.size);
    this.#onRoom?.();
    this.#onRoom = undefined;
  }

  /** Until all handlers are through or the signal aborts. */
  async #untilIdle(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (this.#held.size > 0 && !signal.aborted) {
      this.#acknowledger.flush();
      const room = new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
      await Promise.race([room, aborted]);
    }
  }
}
