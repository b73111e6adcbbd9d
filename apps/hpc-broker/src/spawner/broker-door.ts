import { createServer, type Server, type Socket } from 'node:net';
import { readLines, writeLine } from './lines.ts';
import {
  PROTOCOL_VERSION,
  type Answers,
  type Ask,
  type AskLine,
  type Free,
  type TellLine,
} from './protocol.ts';

export interface Desk {
  free(): Free;
  limits(): string[];
  /** Of all that it knows. */
  names(): Iterable<string>;
  submit(ask: Extract<Ask, { do: 'submit' }>): Promise<Answers['submit']>;
  look(ask: Extract<Ask, { do: 'look' }>): Answers['look'];
  cancel(ask: Extract<Ask, { do: 'cancel' }>): Promise<void>;
  forget(ask: Extract<Ask, { do: 'forget' }>): void;
  /** A broker is there, and holds its lease. */
  beat(): void;
  hello(): void;
  /** Resolves when everything has ended. */
  end(): Promise<void>;
  /** Exits; what runs goes on. */
  leave(): void;
}

/** Where the broker comes in. One at a time: whoever says hello takes the place of the one before. */
export class BrokerDoor {
  readonly #desk: Desk;
  readonly #server: Server;
  #broker: Socket | undefined;
  #changed = new Set<string>();

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  /** `path` is relative to the working directory: a socket's path has room for 107 bytes (unix(7)). */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  get hasBroker(): boolean {
    return this.#broker !== undefined;
  }

  /** What changes in one turn of the event loop is told at once. */
  tell(name: string): void {
    if (this.#changed.size === 0) setImmediate(() => this.#tellChanged());
    this.#changed.add(name);
  }

  #tellChanged(): void {
    const changed = [...this.#changed];
    this.#changed = new Set();
    if (this.#broker !== undefined) this.#write(this.#broker, { changed, free: this.#desk.free() });
  }

  #meet(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (this.#broker === socket) this.#broker = undefined;
    });
    readLines(socket, (line) => void this.#answer(socket, line as AskLine));
  }

  async #answer(socket: Socket, line: AskLine): Promise<void> {
    try {
      const answer = await this.#ask(socket, line);
      this.#write(socket, { id: line.id, answer, free: this.#desk.free() });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#write(socket, { id: line.id, problem, free: this.#desk.free() });
    }
    if (line.do === 'yield' || line.do === 'end') socket.end(() => this.#desk.leave());
  }

  async #ask(socket: Socket, ask: AskLine): Promise<Answers[Ask['do']]> {
    if (ask.do === 'yield') return null;
    if (ask.do === 'hello') return this.#hello(socket);
    if (socket !== this.#broker) throw new Error('another broker has taken over');
    switch (ask.do) {
      case 'submit':
        return this.#desk.submit(ask);
      case 'look':
        return this.#desk.look(ask);
      case 'cancel':
        await this.#desk.cancel(ask);
        return null;
      case 'forget':
        this.#desk.forget(ask);
        return null;
      case 'beat':
        this.#desk.beat();
        return null;
      case 'end':
        await this.#desk.end();
        return null;
    }
  }

  #hello(socket: Socket): Answers['hello'] {
    if (this.#broker !== undefined && this.#broker !== socket) {
      this.#write(this.#broker, { bye: 'another broker has connected to the spawner' });
      this.#broker.end();
    }
    this.#broker = socket;
    this.#desk.hello();
    // What changed while nobody listened.
    for (const name of this.#desk.names()) this.tell(name);
    return { version: PROTOCOL_VERSION, pid: process.pid, limits: this.#desk.limits() };
  }

  #write(socket: Socket, line: TellLine): void {
    writeLine(socket, line);
  }
}
