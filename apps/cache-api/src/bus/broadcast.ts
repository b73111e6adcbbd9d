import type { Component, Logger } from '@groundwork/service';
import { randomUUID } from 'node:crypto';
import type { Forget, Local } from '../domain/cache/local.ts';
import type { Hearing } from '../domain/hearing.ts';
import type { Bus } from '../ports/bus.ts';
import { Instances } from './instances.ts';
import { parseMessage, type BusMessage } from './messages.ts';
import { split } from './split.ts';

/** In the time that something may be stale, so many beats are sent. */
const BEATS = 4;
/** Around the names of a message, in bytes. */
const ENVELOPE_BYTES = 300;

export interface BroadcastOptions {
  bus: Bus;
  local: Local;
  hearing: Hearing;
  maxStaleMs: number;
  logger: Logger;
  instance?: string;
}

/** Who has forgotten it, and who had not said so after `maxStaleMs` and does not use what it keeps since. */
export interface Told {
  heardBy: string[];
  silent: string[];
}

/**
 * Tells all instances what to forget, and forgets what they tell. What is kept in this process is used only
 * while our own beats come back (see Hearing); whenever the bus connects, all of it goes.
 */
export class Broadcast implements Component {
  readonly name = 'bus';
  readonly instance: string;
  readonly #options: BroadcastOptions;
  readonly #instances: Instances;
  readonly #awaited = new Map<string, (from: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #connectedAt = Infinity;

  constructor(options: BroadcastOptions) {
    this.#options = options;
    this.instance = options.instance ?? randomUUID();
    this.#instances = new Instances(2 * options.maxStaleMs);
  }

  get others(): string[] {
    return this.#instances.live;
  }

  start(): void {
    const { bus, local, hearing, maxStaleMs } = this.#options;
    bus.start({
      onMessage: (text) => this.#hear(text),
      onConnected: () => {
        local.forgetAll();
        hearing.deafen();
        this.#connectedAt = performance.now();
        this.#beat();
      },
    });
    this.#timer = setInterval(() => this.#beat(), maxStaleMs / BEATS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#say({ kind: 'bye', from: this.instance }).catch(() => {}); // they will notice
    await this.#options.bus.stop();
  }

  /** Resolves when the bus has it: then no other instance shows it `maxStaleMs` later. Rejects: to be repeated. */
  async tell(what: Forget): Promise<void> {
    for (const part of split(what, this.#options.bus.maxBytes - ENVELOPE_BYTES)) {
      await this.#say({ kind: 'forget', from: this.instance, ...part });
    }
  }

  async tellAll(): Promise<void> {
    await this.#say({ kind: 'forget-all', from: this.instance });
  }

  /** Resolves when no live instance shows it any more, after `maxStaleMs` at the latest. */
  async tellAndWait(what: Forget): Promise<Told> {
    const { hearing, maxStaleMs } = this.#options;
    // Else there may be somebody whom we have not heard of yet: then only time will do.
    const knowsAll = hearing.isGood && performance.now() - this.#connectedAt > maxStaleMs;
    const awaited = new Set(this.#instances.live);
    const heardBy: string[] = [];
    const parts = [...split(what, this.#options.bus.maxBytes - ENVELOPE_BYTES)];
    for (const part of parts.slice(0, -1)) {
      await this.#say({ kind: 'forget', from: this.instance, ...part });
    }
    const ack = randomUUID();
    const everybody = new Promise<void>((resolve) => {
      this.#awaited.set(ack, (from) => {
        if (awaited.delete(from)) heardBy.push(from);
        if (awaited.size === 0 && knowsAll) resolve();
      });
      if (awaited.size === 0 && knowsAll) resolve();
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      // The bus keeps the order: who has heard the last part has heard them all.
      await this.#say({ kind: 'forget', from: this.instance, ack, ...parts.at(-1) });
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, maxStaleMs);
      });
      await Promise.race([everybody, late]);
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(ack);
    }
    return { heardBy, silent: [...awaited] };
  }

  #beat(): void {
    const beat = this.#options.hearing.beat();
    // Not heard of again: then nothing of ours is used, which is what is to happen.
    this.#say({ kind: 'beat', from: this.instance, beat }).catch(() => {});
  }

  #hear(text: string): void {
    const { local, hearing, logger } = this.#options;
    const message = parseMessage(text);
    if (message === undefined) {
      logger.warn('something on the bus is not understood: all that is kept here is forgotten');
      local.forgetAll();
    } else if (message.from === this.instance) {
      if (message.kind === 'beat') hearing.heard(message.beat);
    } else this.#hearOther(message);
  }

  #hearOther(message: BusMessage): void {
    const { local } = this.#options;
    if (message.kind === 'bye') return this.#instances.left(message.from);
    this.#instances.heardOf(message.from);
    if (message.kind === 'forget') local.forget(message);
    if (message.kind === 'forget-all') local.forgetAll();
    if (message.kind === 'ack') this.#awaited.get(message.ack)?.(message.from);
    else if (message.kind !== 'beat' && message.ack !== undefined) {
      // Not heard: then the other one waits until we do not use it any more.
      this.#say({ kind: 'ack', from: this.instance, ack: message.ack }).catch(() => {});
    }
  }

  #say(message: BusMessage): Promise<void> {
    return this.#options.bus.publish(JSON.stringify(message));
  }
}
