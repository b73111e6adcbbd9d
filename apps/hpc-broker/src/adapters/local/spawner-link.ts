import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import { EngineUnavailable } from '../../ports/engine.ts';
import { PROTOCOL_VERSION, type Answers, type Ask } from '../../spawner/protocol.ts';
import { Connection, type Told } from './connection.ts';
import { killSpawner, startSpawner } from './spawner-process.ts';

export interface LinkSettings {
  stateDir: string;
  /** The spawner's main.ts. */
  program: string;
  /** How long an answer may take, and whoever asks waits for a connection, in ms. */
  answerWithinMs: number;
  beatEveryMs: number;
  /** False: the fence is to fall, as this broker may have lost its lease. */
  holdsLease: () => boolean;
  told: Told;
  logger: Logger;
}

/** Between two attempts to connect, in ms, and after how many a spawner is started (again). */
const AGAIN_MS = 25;
const START_EVERY = 80;

/** Keeps a spawner running and a connection to it: to the one that is there, if there is one. */
export class SpawnerLink {
  readonly #settings: LinkSettings;
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #beating: NodeJS.Timeout | undefined;
  #limits: readonly string[] = [];
  #problem: string | undefined = 'it has not been started';

  constructor(settings: LinkSettings) {
    this.#settings = settings;
  }

  get limits(): readonly string[] {
    return this.#limits;
  }

  /** Why nothing can be asked now. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async open(): Promise<void> {
    await this.#connected();
    const { beatEveryMs } = this.#settings;
    this.#beating = setInterval(() => void this.beat(), beatEveryMs);
  }

  async ask<A extends Ask>(ask: A): Promise<Answers[A['do']]> {
    return (await this.#connected()).ask(ask);
  }

  close(reason = 'it has been stopped'): void {
    clearInterval(this.#beating);
    if (!this.#closing.signal.aborted) this.#problem = reason;
    this.#closing.abort();
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #connected(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    if (this.#closing.signal.aborted) throw new EngineUnavailable(`the local engine: ${this.#problem}`);
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const { stateDir, program, answerWithinMs, logger } = this.#settings;
    const deadline = performance.now() + answerWithinMs;
    for (let attempt = 0; performance.now() < deadline; attempt += 1) {
      if (this.#closing.signal.aborted) break;
      try {
        const connection = await Connection.open(stateDir, this.#settings.told, answerWithinMs);
        if (await this.#greet(connection)) return connection;
      } catch (error) {
        // Nobody listens: it is starting, or there is none.
        if (attempt % START_EVERY === 0) {
          logger.info({ stateDir }, 'starting the spawner');
          await startSpawner(program, stateDir);
        } else if (attempt % START_EVERY === START_EVERY - 1) {
          logger.warn({ error, stateDir }, 'the spawner does not listen yet: see spawner.log there');
        }
        await delay(AGAIN_MS);
      }
    }
    throw new EngineUnavailable(`no spawner has answered in ${stateDir}: see spawner.log there`);
  }

  async #greet(connection: Connection): Promise<boolean> {
    const { stateDir, logger } = this.#settings;
    const late = setTimeout(() => {
      // It is stopped, or stuck; another one will find what it has started.
      if (killSpawner(stateDir)) logger.warn({ stateDir }, 'the spawner did not answer and was killed');
      connection.close();
    }, this.#settings.answerWithinMs / 2);
    try {
      const { version, pid, limits } = await connection.ask({ do: 'hello', version: PROTOCOL_VERSION });
      if (version !== PROTOCOL_VERSION) {
        logger.info(
          { version, needed: PROTOCOL_VERSION },
          'the spawner is of another version: it is replaced',
        );
        await connection.ask({ do: 'yield' });
        await connection.closed;
        return false;
      }
      if (this.#settings.holdsLease()) await connection.ask({ do: 'beat' });
      if (this.#closing.signal.aborted) {
        connection.close();
        return false;
      }
      this.#keep(connection, limits);
      logger.info({ pid, limits }, 'connected to the spawner');
      return true;
    } finally {
      clearTimeout(late);
    }
  }

  #keep(connection: Connection, limits: readonly string[]): void {
    this.#connection = connection;
    this.#limits = limits;
    this.#problem = undefined;
    void connection.closed.then(() => {
      this.#connection = undefined;
      if (this.#closing.signal.aborted) return;
      // Two brokers on one directory would take it from each other for ever.
      if (connection.bye !== undefined) return this.close(connection.bye);
      this.#problem = 'its spawner has ended, and another one is being started';
      this.#connected().catch(() => {});
    });
  }

  /** Nothing while the lease is not held. */
  async beat(): Promise<void> {
    if (!this.#settings.holdsLease()) return;
    // Without a connection it is made; whoever asks for something is told if it cannot be.
    await this.ask({ do: 'beat' }).catch(() => {});
  }
}
