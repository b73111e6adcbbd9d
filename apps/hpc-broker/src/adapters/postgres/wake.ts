import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import type { Pool, PoolClient } from 'pg';

export interface WakeOptions {
  pool: Pool;
  /** Something was accepted, cancelled, held or released, here or elsewhere. */
  onWake: () => void;
  logger: Logger;
}

export interface Wake extends Component {
  /** To all brokers of this database, this one at once. */
  tell(): void;
}

const CHANNEL = 'hpc_jobs';
/** What is told within this time is one message, in ms: Postgres takes a lock for each. */
const GATHER_MS = 20;
const AGAIN_MS = 1_000;

/**
 * Brokers wake each other. It only makes them quicker: each looks by itself every second, so that a message
 * that got lost is no more than that.
 */
export function createWake({ pool, onWake, logger }: WakeOptions): Wake {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let client: PoolClient | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function listen(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const connected = await pool.connect();
        client = connected;
        connected.on('notification', onWake);
        const lost = new Promise<void>((resolve) => {
          connected.once('error', () => resolve());
          connected.once('end', () => resolve());
          stopping.signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await connected.query(`LISTEN ${CHANNEL}`);
        // What was told before somebody listened.
        onWake();
        await lost;
      } catch (error) {
        logger.warn({ error }, 'other brokers cannot be heard');
      } finally {
        // It listens: not for anybody else to use.
        client?.release(true);
        client = undefined;
      }
      await delay(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: 'wake',
    tell() {
      onWake();
      timer ??= setTimeout(() => {
        timer = undefined;
        pool.query(`NOTIFY ${CHANNEL}`).catch((error: unknown) => {
          logger.debug({ error }, 'other brokers were not woken');
        });
      }, GATHER_MS);
    },
    start() {
      running = listen();
    },
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await running;
    },
  };
}
