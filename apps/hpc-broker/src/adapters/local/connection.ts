import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { EngineUnavailable } from '../../ports/engine.ts';
import { readLines, writeLine } from '../../spawner/lines.ts';
import { SOCKET, type Answers, type Ask, type Free, type TellLine } from '../../spawner/protocol.ts';
import { socketPath } from './socket-path.ts';

export interface Told {
  changed(names: readonly string[]): void;
  free(free: Free): void;
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/** One connection to a spawner. When it ends, all that wait for an answer are told that nobody knows. */
export class Connection {
  readonly #socket: Socket;
  readonly #silenceMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly closed: Promise<void>;
  /** Why the spawner does not want it any more. */
  bye: string | undefined;
  #lastId = 0;
  #silence: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, told: Told, silenceMs: number) {
    this.#socket = socket;
    this.#silenceMs = silenceMs;
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearTimeout(this.#silence);
        const error = new EngineUnavailable('the connection to the spawner has ended');
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve();
      });
    });
    readLines(socket, (line) => this.#take(line as TellLine, told));
  }

  /** Rejects when nobody listens there. `silenceMs`: it is over when nothing comes for that long, while something is asked. */
  static async open(stateDir: string, told: Told, silenceMs: number): Promise<Connection> {
    const { path, done } = socketPath(stateDir, SOCKET);
    try {
      const socket = connect(path);
      await once(socket, 'connect');
      return new Connection(socket, told, silenceMs);
    } finally {
      done();
    }
  }

  ask<A extends Ask>(ask: A): Promise<Answers[A['do']]> {
    if (this.#socket.destroyed)
      return Promise.reject(new EngineUnavailable('there is no connection to the spawner'));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      writeLine(this.#socket, { ...ask, id: this.#lastId });
      if (this.#waiting.size === 1) this.#listen();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(line: TellLine, told: Told): void {
    if ('bye' in line) {
      this.bye = line.bye;
      return;
    }
    told.free(line.free);
    if ('changed' in line) {
      told.changed(line.changed);
      return;
    }
    const waiting = this.#waiting.get(line.id);
    this.#waiting.delete(line.id);
    this.#listen();
    if ('problem' in line) waiting?.reject(new EngineUnavailable(`the spawner: ${line.problem}`));
    else waiting?.resolve(line.answer as never);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.size > 0) this.#silence = setTimeout(() => this.close(), this.#silenceMs);
  }
}
