import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export interface Listener {
  /** Rejects when the connection is lost or silent; resolves after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 500;
/** An answer that is later than two heartbeats counts as none; but not below this, in ms. */
const ANSWER_MS = 1_000;
/**
 * How long, in ms, notifications may be held up while the server answers. A transaction that was
 * written but is not visible yet, because a synchronous standby is slow, holds all behind it up; none is lost by that.
 */
const HELD_UP_MS = 30_000;

/**
 * A connection that hears a channel. With every heartbeat it notifies itself. That is not answered:
 * the other end has vanished, of which nothing else would ever be heard. It is, but the notification
 * does not come back: something in between does not deliver them, a pooler for instance.
 */
export async function openListener(options: {
  databaseUrl: string;
  channel: string;
  applicationName: string;
  heartbeatMs: number;
  onMessage: (payload: string) => void;
}): Promise<Listener> {
  const { channel, heartbeatMs } = options;
  const own = `${channel}_${randomBytes(4).toString('hex')}`;
  const client = new Client({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: Math.max(ANSWER_MS, 2 * heartbeatMs),
    keepAlive: true,
  });
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => undefined);
  const closing = new AbortController();
  let beats = 0;
  let heard = 0;

  client.on('error', (error) => end.reject(error));
  client.on('end', () => end.reject(new Error('the server closed the connection')));
  client.on('notification', (message) => {
    if (message.channel === own) heard = Number(message.payload);
    else options.onMessage(message.payload ?? '');
  });
  async function close(): Promise<void> {
    end.resolve();
    closing.abort();
    const timeout = setTimeout(() => connection.stream.destroy(), CLOSE_MS);
    await client.end().catch(() => undefined);
    clearTimeout(timeout);
  }
  async function beat(): Promise<void> {
    for (;;) {
      beats += 1;
      await client.query('SELECT pg_notify($1, $2)', [own, String(beats)]);
      await delay(heartbeatMs, undefined, { signal: closing.signal });
      if ((beats - heard) * heartbeatMs > HELD_UP_MS) throw new Error('notifications do not come back');
    }
  }

  try {
    await client.connect();
    await client.query(`LISTEN ${channel}; LISTEN ${own}`);
  } catch (error) {
    await close();
    throw error;
  }
  beat().catch((error: unknown) => end.reject(error as Error));
  return { ended: end.promise, close };
}
