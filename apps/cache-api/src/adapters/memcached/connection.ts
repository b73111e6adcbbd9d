import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { StoreUnavailable } from '../../ports/store.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { ReplyParser, type Reply } from './replies.ts';

/** Bytes that wait to be written; more of them would only come too late. */
const MOST_UNSENT = 16 * 1024 ** 2;

interface Waiting {
  /** The last line of replies that have several. */
  until: string | undefined;
  lines: Reply[];
  dueAt: number;
  resolve: (lines: Reply[]) => void;
  reject: (error: Error) => void;
}

/**
 * One connection. Replies come in the order of commands, and nothing else tells whose they are: whenever
 * one is late or makes no sense, the connection is closed, and all that wait on it fail.
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #socket: Socket;
  readonly #parser: ReplyParser;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closedBy: Error | undefined;
  readonly opened: Promise<void>;
  readonly closed: Promise<Error>;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#parser = new ReplyParser(settings.maxReplyBytes);
    const { host, port, tls } = settings;
    this.#socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
    this.#socket.setNoDelay(true);
    const socket = this.#socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#fail(new Error('the server has closed the connection'));
        resolve(this.#closedBy!);
      });
    });
    this.opened = new Promise((resolve, reject) => {
      const late = setTimeout(
        () => this.#fail(new Error('connecting took too long')),
        settings.connectTimeoutMs,
      );
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        clearTimeout(late);
        resolve();
      });
      socket.once('close', () => {
        clearTimeout(late);
        reject(this.#unavailable());
      });
    });
    // Whoever waits for it is told; nobody has to.
    this.opened.catch(() => {});
    socket.on('error', (error) => this.#fail(error));
    socket.on('data', (piece: Buffer) => this.#receive(piece));
  }

  /** One command with its value, if it has one. */
  async send(line: string, value?: Buffer): Promise<Reply> {
    return (await this.#write(line, value, undefined))[0]!;
  }

  /** A command whose reply ends with a line of its own. */
  lines(line: string, until: string): Promise<Reply[]> {
    return this.#write(line, undefined, until);
  }

  close(): void {
    this.#fail(new Error('closed'));
  }

  #write(line: string, value: Buffer | undefined, until: string | undefined): Promise<Reply[]> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#unavailable());
    if (this.#socket.writableLength > MOST_UNSENT) {
      return Promise.reject(new StoreUnavailable('too much waits to be sent'));
    }
    return new Promise((resolve, reject) => {
      const dueAt = performance.now() + this.#settings.timeoutMs;
      this.#waiting.push({ until, lines: [], dueAt, resolve, reject });
      this.#watch();
      // What is written in one tick goes out in one packet.
      if (this.#socket.writableCorked === 0) {
        this.#socket.cork();
        process.nextTick(() => this.#socket.uncork());
      }
      this.#socket.write(`${line}\r\n`, 'latin1');
      if (value === undefined) return;
      this.#socket.write(value);
      this.#socket.write('\r\n');
    });
  }

  #receive(piece: Buffer): void {
    if (this.#closedBy !== undefined) return;
    try {
      for (const reply of this.#parser.push(piece)) this.#settle(reply);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #settle(reply: Reply): void {
    const first = this.#waiting[0];
    if (first === undefined) throw new Error('a reply to nothing');
    first.lines.push(reply);
    const isError = reply.code.endsWith('ERROR');
    if (first.until !== undefined && reply.code !== first.until && !isError) return;
    this.#waiting.shift();
    first.resolve(first.lines);
    this.#watch();
    // It did not understand us, and may take a value for the next command.
    if (reply.code === 'ERROR' || reply.code === 'CLIENT_ERROR')
      throw new Error(`${reply.code} ${reply.rest}`);
  }

  /** One timer for the one that waits longest: all may wait equally long. */
  #watch(): void {
    const first = this.#waiting[0];
    if (first === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        const isLate = (this.#waiting[0]?.dueAt ?? Infinity) <= performance.now();
        if (isLate) this.#fail(new Error(`no reply within ${this.#settings.timeoutMs} ms`));
        else this.#watch();
      },
      Math.max(1, first.dueAt - performance.now()),
    );
  }

  #fail(error: Error): void {
    this.#closedBy ??= error;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#unavailable());
    this.#socket.destroy();
  }

  #unavailable(): StoreUnavailable {
    const { host, port } = this.#settings;
    return new StoreUnavailable(`memcached ${host}:${port}: ${this.#closedBy?.message}`, {
      cause: this.#closedBy,
    });
  }
}
