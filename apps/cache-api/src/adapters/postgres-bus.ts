import type { Logger } from '@groundwork/service';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier, type Pool } from 'pg';
import type { Bus, BusListener } from '../ports/bus.ts';

/** NOTIFY takes payloads of less than 8000 bytes. https://www.postgresql.org/docs/current/sql-notify.html */
const MAX_BYTES = 7_900;
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 3_000;

export interface PostgresBusOptions {
  databaseUrl: string;
  pool: Pool;
  channel: string;
  logger: Logger;
}

/**
 * LISTEN and NOTIFY, for when the store has no bus. Notifications reach every listener in the order of their
 * commits, and those of a time without connection are lost.
 */
export function createPostgresBus({ databaseUrl, pool, channel, logger }: PostgresBusOptions): Bus {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function listenOnce({ onMessage, onConnected }: BusListener): Promise<void> {
    const client = new Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'cache-api bus',
    });
    const lost = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.on('error', () => resolve());
      if (stopping.signal.aborted) resolve();
      else stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ payload = '' }) => onMessage(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${escapeIdentifier(channel)}`);
      onConnected();
      await lost;
    } finally {
      await client.end().catch(() => {}); // it is gone already
    }
  }

  async function listen(listener: BusListener): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await listenOnce(listener);
      } catch (error) {
        logger.warn({ error }, 'the bus cannot listen to the database');
      }
      await delay(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    maxBytes: MAX_BYTES,
    async publish(message) {
      await pool.query('SELECT pg_notify($1, $2)', [channel, message]);
    },
    start(listener) {
      running = listen(listener);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
