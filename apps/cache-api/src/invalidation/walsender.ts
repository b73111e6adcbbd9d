import { Client, type ClientConfig } from 'pg';
import { formatLsn } from '../domain/lsn.ts';

/** What of pg's connection its types do not have. Part of every pg 8, and what pg-logical-replication stands on too. */
interface CopyBoth {
  stream: { pause(): void; resume(): void; destroy(): void };
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void;
  once(event: 'replicationStart', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

export interface Walsender {
  /** Asks for the log from the last confirmed position on. */
  start(handlers: {
    /** A piece of pgoutput. What it throws ends the connection. */
    onData: (bytes: Buffer) => void;
    /** All of the log until here has been sent. */
    onReached: (position: bigint) => void;
  }): Promise<void>;
  /** Received, but not yet applied: until here the server may forget the log only after `confirm`. */
  confirm(position: bigint): void;
  pause(): void;
  resume(): void;
  /** When it said something last, in ms of `performance.now()`; now, while it is not listened to. */
  readonly heardAt: number;
  /** Rejects when the connection is lost; resolves after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** How often the server hears of us, in ms: it gives up on who is silent for `wal_sender_timeout`, 60 s by default. */
const STATUS_MS = 1_000;
/**
 * After so long a silence, in ms, the connection counts as lost. Each status asks for an answer,
 * which a server that is busy with a huge transaction gives after half its `wal_sender_timeout` at the latest.
 */
const SILENCE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 500;
/** From 1970 to 2000, where Postgres's clock begins, in ms. */
const EPOCH_2000_MS = 946_684_800_000;
/** Header of a piece of the log: kind, start, end, time. */
const DATA_HEADER = 25;

/**
 * A connection over which the server sends the log of a slot.
 * https://www.postgresql.org/docs/current/protocol-replication.html
 *
 * Not the service of pg-logical-replication: it confirms one byte beyond what it is told, and a
 * commit record that begins just there is never sent again; its heartbeats overtake what waits
 * under its flow control; and it cannot be closed while the server is silent.
 */
export async function openWalsender(options: {
  databaseUrl: string;
  name: string;
  applicationName: string;
}): Promise<Walsender> {
  const settings: ClientConfig & { replication: string } = {
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Values are written alike whatever the database's settings say.
    options:
      '-c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c timezone=UTC -c bytea_output=hex',
    replication: 'database',
  };
  const client = new Client(settings);
  const { connection } = client as unknown as { connection: CopyBoth };
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => undefined);
  let received = 0n;
  let confirmed = 0n;
  let heardAt = performance.now();
  let isPaused = false;

  const fail = (error: Error): void => {
    end.reject(error);
    connection.stream.destroy();
  };
  client.on('error', fail);
  client.on('end', () => end.reject(new Error('the server closed the connection')));
  await client.connect();

  /**
   * Written is what was received, flushed what was confirmed: only the second lets go of the log.
   * Saying that nothing was received either would make the server ask again and again.
   */
  function report(answer: boolean): void {
    const status = Buffer.alloc(34);
    status.write('r', 0);
    status.writeBigUInt64BE(received > confirmed ? received : confirmed, 1);
    status.writeBigUInt64BE(confirmed, 9);
    status.writeBigUInt64BE(confirmed, 17);
    status.writeBigInt64BE(BigInt(Date.now() - EPOCH_2000_MS) * 1_000n, 25);
    status.writeUInt8(Number(answer), 33);
    connection.sendCopyFromChunk(status);
  }
  const tick = (): void => {
    if (!isPaused && performance.now() - heardAt > SILENCE_MS) fail(new Error('the server is silent'));
    else report(!isPaused);
  };

  return {
    async start(handlers) {
      connection.on('copyData', ({ chunk }) => {
        heardAt = performance.now();
        try {
          const kind = String.fromCharCode(chunk.readUInt8(0));
          if (kind === 'w') handlers.onData(chunk.subarray(DATA_HEADER));
          else if (kind === 'k') {
            const position = chunk.readBigUInt64BE(1);
            if (position > received) received = position;
            handlers.onReached(position);
            if (chunk.readUInt8(17) === 1) report(false);
          }
        } catch (error) {
          fail(error as Error);
        }
      });
      const started = new Promise<void>((resolve) => connection.once('replicationStart', resolve));
      const streaming = client.query(
        `START_REPLICATION SLOT "${options.name}" LOGICAL ${formatLsn(0n)} (proto_version '1', publication_names '"${options.name}"', messages 'true')`,
      );
      streaming.then(
        () => end.reject(new Error('the server ended the stream')),
        (error: unknown) => end.reject(error as Error),
      );
      await Promise.race([started, end.promise]);
      const timer = setInterval(tick, STATUS_MS);
      void end.promise.catch(() => undefined).finally(() => clearInterval(timer));
    },
    confirm(position) {
      if (position <= confirmed) return;
      confirmed = position;
      report(false);
    },
    pause() {
      isPaused = true;
      connection.stream.pause();
    },
    resume() {
      isPaused = false;
      heardAt = performance.now();
      connection.stream.resume();
    },
    get heardAt() {
      return isPaused ? performance.now() : heardAt;
    },
    ended: end.promise,
    async close() {
      end.resolve();
      const timeout = setTimeout(() => connection.stream.destroy(), CLOSE_MS);
      connection.stream.resume();
      await client.end().catch(() => undefined);
      clearTimeout(timeout);
    },
  };
}
