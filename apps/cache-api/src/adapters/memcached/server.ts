import { StoreUnavailable } from '../../ports/store.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { Connection } from './connection.ts';
import type { Reply } from './replies.ts';

/** A connection, and what the server said of itself on it. */
export interface Session {
  connection: Connection;
  /** One life of the server: CAS numbers begin anew with the next. */
  life: string;
  /** `-I`: 1 MiB if not set. */
  maxItemBytes: number;
}

/** In ms, doubled with every attempt; half of it is by chance, so that not all instances come at once. */
const BACKOFF = { first: 50, most: 1_000 };

/** Keeps one connection to one server. While there is none, whoever wants it is told at once. */
export class Server {
  readonly name: string;
  readonly #settings: ConnectionSettings;
  readonly #onError: (error: Error) => void;
  #session: Session | undefined;
  #connecting: Connection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(settings: ConnectionSettings, onError: (error: Error) => void) {
    this.name = `${settings.host}:${settings.port}`;
    this.#settings = settings;
    this.#onError = onError;
    this.#connect();
  }

  session(): Session {
    if (this.#session === undefined) throw new StoreUnavailable(`memcached ${this.name}: not connected`);
    return this.#session;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connecting?.close();
  }

  #connect(): void {
    const connection = new Connection(this.#settings);
    this.#connecting = connection;
    greet(connection).then(
      (session) => {
        this.#failures = 0;
        this.#session = session;
      },
      () => connection.close(),
    );
    void connection.closed.then((error) => {
      this.#session = undefined;
      if (this.#isClosed) return;
      this.#onError(error);
      this.#failures += 1;
      const most = Math.min(BACKOFF.first * 2 ** (this.#failures - 1), BACKOFF.most);
      this.#retry = setTimeout(() => this.#connect(), most / 2 + Math.random() * (most / 2));
    });
  }
}

async function greet(connection: Connection): Promise<Session> {
  await connection.opened;
  const [about, settings] = await Promise.all([
    connection.lines('stats', 'END'),
    connection.lines('stats settings', 'END'),
  ]);
  const stat = (lines: Reply[], name: string): string => {
    const found = lines.find(({ code, rest }) => code === 'STAT' && rest.startsWith(`${name} `));
    if (found === undefined) throw new StoreUnavailable(`it does not tell its ${name}`);
    return found.rest.slice(name.length + 1);
  };
  const startedAt = Number(stat(about, 'time')) - Number(stat(about, 'uptime'));
  return {
    connection,
    life: `${stat(about, 'pid')}-${startedAt}`,
    maxItemBytes: Number(stat(settings, 'item_size_max')),
  };
}
